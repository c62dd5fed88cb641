#pragma once

#include <string>
#include <vector>

namespace vireo::compare {

// A table of a page. All texts may come from anywhere.
struct HtmlTable {
  using Row = std::vector<std::string>;  // the first cell names it
  struct Group {
    std::string name;  // may be empty
    std::vector<Row> rows;
  };

  std::string caption;
  Row headings;
  std::vector<Group> groups;
  bool words = false;  // cells are words, not numbers

  bool is_empty() const { return groups.empty(); }
};

// Return it in a box that scrolls where the page is narrower. Of no rows: nothing.
std::string html_table(const HtmlTable& table);

// Return an element with text from anywhere: <NAME>TEXT</NAME>.
std::string html_element(const std::string& name, const std::string& text);

}  // namespace vireo::compare
