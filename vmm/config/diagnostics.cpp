#include "vmm/config/diagnostics.h"

#include <algorithm>
#include <numeric>

#include "vmm/base/fd.h"
#include "vmm/config/load.h"

namespace vireo::config {
namespace {

constexpr size_t kMostMistakes = 20;

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string line_of(const std::string& text, int number) {
  size_t start = 0;
  for (int i = 1; i < number; ++i) {
    start = text.find('\n', start);
    if (start == std::string::npos) return {};
    ++start;
  }
  const size_t end = text.find('\n', start);
  return text.substr(start, end == std::string::npos ? end : end - start);
}

std::string render(const Location& where, const std::string& line, const std::string& message,
                   const std::string& help) {
  std::string text =
      where.file + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": error: " + message + "\n";
  if (!line.empty()) {
    const std::string number = std::to_string(where.line);
    text += " " + number + " | " + line + "\n";
    const auto indent = static_cast<size_t>(std::max(where.column - 1, 0));
    text += " " + std::string(number.size(), ' ') + " | " + std::string(indent, ' ') + "^\n";
  }
  if (!help.empty()) text += "help: " + help + "\n";
  text.pop_back();
  return text;
}

void Diagnostics::add(const Location& where, const std::string& message, const std::string& help) {
  if (mistakes_.size() < kMostMistakes) mistakes_.push_back(render(where, line_of(text_, where.line), message, help));
}

void Diagnostics::require_none() const {
  if (mistakes_.empty()) return;
  std::string message;
  for (const std::string& mistake : mistakes_) message += (message.empty() ? "" : "\n\n") + mistake;
  throw base::Error(base::ExitCode::kConfig, message);
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

ConfigError::ConfigError(const Location& where, const std::string& message, std::string help)
    : base::Error(base::ExitCode::kConfig,
                  render(where, line_of(base::read_text_or_empty(where.file), where.line), message, help)) {}

}  // namespace vireo::config
