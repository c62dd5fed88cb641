#include "vmm/compare/html_report.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "vmm/compare/report_figures.h"
#include "vmm/compare/report_style.h"
#include "vmm/compare/words.h"
#include "vmm/svg/svg.h"

namespace vireo::compare {
namespace {

std::string list_html(const std::vector<std::string>& lines) {
  std::string html;
  for (const std::string& line : lines) html += html_element("li", line) + "\n";
  return html.empty() ? html : "<ul>\n" + html + "</ul>\n";
}

std::string term_html(const std::string& term, const std::string& text) {
  return text.empty() ? text : html_element("dt", term) + html_element("dd", text) + "\n";
}

// `wide`: chart and table below each other.
std::string figure_html(const Figure& figure, const std::string& heading_element, bool wide) {
  if (figure.chart.empty() && figure.table.is_empty()) return {};
  const std::string note = figure.note.empty() ? "" : html_element("p", figure.note);
  return fmt::format("<figure{}>\n<figcaption>{}{}</figcaption>\n{}{}</figure>\n", wide ? " class=\"wide\"" : "",
                     html_element(heading_element, figure.heading), note, figure.chart, html_table(figure.table));
}

std::string head_html(const Comparison& comparison, const Analysis& analysis) {
  const size_t paths = comparison.paths.size();
  std::string html =
      html_element("h1", fmt::format("{}: {} compared", comparison.operation, count_text(paths, "path"))) + "\n" +
      fmt::format("<p class=\"quiet\">{}, {}, {} in {}</p>\n", svg::xml_text(comparison.medium),
                  svg::xml_text(comparison.started), count_text(comparison.rounds, "round"),
                  duration_text(static_cast<double>(comparison.duration)));
  if (analysis.headline.empty()) return html;
  const std::string whole = headline_text(analysis);
  const size_t inputs = whole.rfind(" (");
  return html + fmt::format("<p class=\"headline\">{}</p>\n<p class=\"quiet\">{}</p>\n",
                            svg::xml_text(whole.substr(0, inputs)), svg::xml_text(whole.substr(inputs + 1)));
}

std::string warnings_html(const std::vector<std::string>& warnings) {
  if (warnings.empty()) return {};
  return "<section class=\"notice\" aria-labelledby=\"warnings\">\n<h2 id=\"warnings\">Warnings</h2>\n" +
         list_html(warnings) + "</section>\n";
}

std::string findings_html(const std::vector<std::string>& findings) {
  return findings.empty() ? std::string() : "<h2>Findings</h2>\n" + list_html(findings);
}

HtmlTable::Row result_row(const PathAnalysis& path, const CaseAnalysis& one) {
  HtmlTable::Row row{path.name,
                     duration_text(one.p50.value),
                     duration_text(one.p90.value),
                     duration_text(one.p99.value),
                     duration_text(one.p999.value),
                     duration_text(static_cast<double>(one.maximum)),
                     rate_text(one.throughput.value),
                     duration_text(one.agent_user.value + one.agent_system.value),
                     duration_text(one.vmm_cpu.value),
                     duration_text(one.host_cpu.value)};
  for (const Rates EventRates::*rates : {&EventRates::exits, &EventRates::user_exits, &EventRates::calls})
    row.push_back(one.events ? per_operation_text(total((*one.events).*rates)) : "-");
  return row;
}

HtmlTable results_table(const Analysis& analysis) {
  HtmlTable table{.caption = "CPU times and events are for one operation",
                  .headings = {"path", "p50", "p90", "p99", "p99.9", "max", "ops/s", "agent's CPU", "vireo's CPU",
                               "host's CPU", "exits", "to user space", "system calls"},
                  .groups = {}};
  for (const Workload& workload : workloads_of(analysis)) {
    table.groups.push_back({workload_text(workload), {}});
    for (const PathAnalysis& path : analysis.paths)
      if (const CaseAnalysis* one = path.find(workload)) table.groups.back().rows.push_back(result_row(path, *one));
  }
  return table;
}

HtmlTable ratios_table(const Analysis& analysis) {
  HtmlTable table{
      .caption = fmt::format("Ratios to {}; in brackets what 95 of 100 such have the true ratio between; = no "
                             "difference was found; ? too few rounds to say",
                             analysis.reference),
      .headings = {"path", "p50", "p90", "p99", "p99.9", "throughput", "host's CPU"},
      .groups = {}};
  for (const Workload& workload : workloads_of(analysis)) {
    HtmlTable::Group group{workload_text(workload), {}};
    for (const PathAnalysis& path : analysis.paths) {
      const CaseAnalysis* one = path.name == analysis.reference ? nullptr : path.find(workload);
      if (one == nullptr || !one->p50.ratio) continue;
      group.rows.push_back({path.name, ratio_cell(one->p50.ratio), ratio_cell(one->p90.ratio),
                            ratio_cell(one->p99.ratio), ratio_cell(one->p999.ratio), ratio_cell(one->throughput.ratio),
                            ratio_cell(one->host_cpu.ratio)});
    }
    if (!group.rows.empty()) table.groups.push_back(std::move(group));
  }
  return table;
}

std::string results_html(const Analysis& analysis) {
  const std::string results = html_table(results_table(analysis));
  if (results.empty()) return "<p>Nothing was measured.</p>\n";
  return "<h2>Results</h2>\n" + results + html_table(ratios_table(analysis));
}

std::string figures_html(const Comparison& comparison, const Analysis& analysis) {
  std::string html = figure_html(floor_figure(analysis), "h2", true);
  const std::vector<Figure> latencies = latency_figures(comparison, analysis);
  if (!latencies.empty())
    html +=
        "<h2>Latency</h2>\n<p class=\"quiet\">In an open loop operations begin at moments that "
        "do not depend on the path, and their latency counts from then.</p>\n";
  for (const Figure& figure : latencies) html += figure_html(figure, "h3", false);
  return html + figure_html(throughput_figure(analysis), "h2", false) + figure_html(exits_figure(analysis), "h2", true);
}

std::string surroundings_html(const Comparison& comparison) {
  const Environment& at = comparison.environment;
  std::string html = "<h2>Where it was measured</h2>\n<dl>\n";
  html += term_html("emulated by", at.emulated) + term_html("CPU", fmt::format("{} of {}", at.cpus, at.cpu)) +
          term_html("kernel", at.kernel) + term_html("guest's kernel", at.guest_kernel) +
          term_html("clock source", at.clock) + term_html("governor", at.governor) + term_html("vireo", at.vireo) +
          term_html("I/O by", at.agent == "vireo" ? "" : at.agent);
  for (const PathResult& path : comparison.paths)
    html += term_html(path.name, std::string(kind_text(path.kind)) + (path.device.empty() ? "" : ", " + path.device) +
                                     (path.failure.empty() ? "" : "; failed: " + path.failure));
  return html + "</dl>\n";
}

}  // namespace

std::string html_report(const Comparison& comparison, const Analysis& analysis) {
  // No browser runs or fetches anything for this page, whatever a name in it is.
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n";
  html += html_element("title", fmt::format("vireo compare: {}, {}", comparison.operation, comparison.medium)) +
          "\n<style>\n" + report_style_sheet() + "</style>\n</head>\n<body>\n<main>\n";
  html += head_html(comparison, analysis) + warnings_html(analysis.warnings) + findings_html(analysis.findings) +
          results_html(analysis) + figures_html(comparison, analysis) + surroundings_html(comparison);
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace vireo::compare
