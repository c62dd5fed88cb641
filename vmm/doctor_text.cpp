#include "vmm/doctor_text.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "vfio/host/doctor/doctor.h"
#include "vmm/base/printable.h"
#include "vmm/json_text.h"

namespace vireo {
namespace {

using host::Finding;
using host::Severity;
using nlohmann::json;

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::kOk:
      return "ok";
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      break;
  }
  return "error";
}

// One line, and no more than a person reads: a kernel's command line, a whole line of /proc/interrupts.
std::string shortened(const std::string& text) {
  constexpr size_t kMost = 160;
  std::string line;
  for (const char c : text) {
    const bool blank = c == '\n' || c == '\t' || c == ' ';
    if (blank && line.ends_with(' ')) continue;
    line += blank ? ' ' : c;
  }
  return line.size() <= kMost ? line : line.substr(0, kMost) + "...";
}

void append(std::string& text, const Finding& finding) {
  text += fmt::format("{:<8} {}: {}\n", name_of(finding.severity), finding.subject, finding.what);
  if (finding.severity == Severity::kOk) return;
  if (!finding.why.empty()) text += fmt::format("           why   {}\n", finding.why);
  for (const host::Evidence& evidence : finding.evidence)
    text += fmt::format("           seen  {} = {}\n", evidence.file, shortened(evidence.value));
  if (!finding.mend.empty()) text += fmt::format("           mend  {}\n", finding.mend);
}

size_t count(const std::vector<Finding>& findings, Severity severity) {
  return static_cast<size_t>(std::ranges::count(findings, severity, &Finding::severity));
}

std::string plural(size_t number, const std::string& what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string summary(const std::vector<Finding>& findings) {
  std::string text = fmt::format("\n{}, {}, {}", plural(count(findings, Severity::kError), "error"),
                                 plural(count(findings, Severity::kWarning), "warning"),
                                 plural(count(findings, Severity::kNote), "note"));
  const auto mendable = static_cast<size_t>(std::ranges::count_if(findings, host::can_mend));
  if (mendable > 0) text += fmt::format("; `vireo doctor --fix` can mend {}", mendable);
  return text + "\n";
}

}  // namespace

std::string findings_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) append(text, finding);
  return base::printable_lines(text + summary(findings));
}

std::string findings_json(const std::vector<Finding>& findings) {
  json list = json::array();
  for (const Finding& finding : findings) {
    json evidence = json::array();
    for (const host::Evidence& one : finding.evidence) evidence.push_back({{"file", one.file}, {"value", one.value}});
    list.push_back({{"severity", name_of(finding.severity)},
                    {"subject", finding.subject},
                    {"what", finding.what},
                    {"why", finding.why},
                    {"evidence", evidence},
                    {"mend", finding.mend},
                    {"fixable", host::can_mend(finding)}});
  }
  return json_text(list);
}

base::ExitCode exit_code(const std::vector<Finding>& findings) {
  if (count(findings, Severity::kError) > 0) return base::ExitCode::kErrors;
  return count(findings, Severity::kWarning) > 0 ? base::ExitCode::kWarnings : base::ExitCode::kOk;
}

}  // namespace vireo
