#include "vmm/compare/html_table.h"

#include <spdlog/fmt/fmt.h>

#include "vmm/svg/svg.h"

namespace vireo::compare {
namespace {

std::string row_html(const HtmlTable::Row& row) {
  std::string html = "<tr>";
  for (size_t i = 0; i < row.size(); ++i)
    html += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", svg::xml_text(row[i])) : html_element("td", row[i]);
  return html + "</tr>\n";
}

}  // namespace

std::string html_element(const std::string& name, const std::string& text) {
  return fmt::format("<{0}>{1}</{0}>", name, svg::xml_text(text));
}

std::string html_table(const HtmlTable& table) {
  if (table.is_empty()) return {};
  const std::string caption = svg::xml_text(table.caption);
  std::string html = fmt::format(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\">\n<table{1}>\n<caption>{0}</caption>\n"
      "<thead><tr>",
      caption, table.words ? " class=\"words\"" : "");
  for (const std::string& heading : table.headings)
    html += fmt::format("<th scope=\"col\">{}</th>", svg::xml_text(heading));
  html += "</tr></thead>\n";
  for (const HtmlTable::Group& group : table.groups) {
    html += "<tbody>\n";
    if (!group.name.empty())
      html += fmt::format("<tr><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>\n", table.headings.size(),
                          svg::xml_text(group.name));
    for (const HtmlTable::Row& row : group.rows) html += row_html(row);
    html += "</tbody>\n";
  }
  return html + "</table>\n</div>\n";
}

}  // namespace vireo::compare
