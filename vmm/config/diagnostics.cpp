#include "vmm/config/diagnostics.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "vmm/base/fd.h"
#include "vmm/config/load.h"

namespace vireo::config {
namespace {

constexpr size_t kMostMistakes = 20;
constexpr size_t kLongestLine = 160;
constexpr size_t kLongestQuote = 64;
constexpr size_t kLongestWord = 64;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Move left to where a UTF-8 character begins.
size_t character_start(std::string_view text, size_t at) {
  while (at > 0 && at < text.size() && continues_character(text[at])) --at;
  return at;
}

// Optimal string alignment: two letters that changed places count as one mistake.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last;
  std::vector<size_t> last;
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    before_last = std::exchange(last, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

// The source line and the caret below its column (1-based, in bytes).
std::string excerpt(const Location& where, std::string_view line) {
  const std::string number = std::to_string(where.line);
  size_t caret = std::min(static_cast<size_t>(std::max(where.column - 1, 0)), line.size());
  std::string dots;
  if (line.size() > kLongestLine) {
    const size_t start = character_start(line, caret > kLongestLine / 2 ? caret - kLongestLine / 2 : 0);
    if (start > 0) dots = "...";
    line = line.substr(start, character_start(line, std::min(start + kLongestLine, line.size())) - start);
    caret -= start;
  }
  std::string shown = dots;
  std::string below(dots.size(), ' ');
  for (size_t i = 0; i < line.size(); ++i) {
    shown += is_control(line[i]) && line[i] != '\t' ? '?' : line[i];
    if (i < caret && !continues_character(line[i])) below += line[i] == '\t' ? '\t' : ' ';
  }
  std::string text = " " + number + " | " + shown + "\n";
  return text.append(number.size() + 1, ' ').append(" | ").append(below).append("^");
}

}  // namespace

std::string_view line_of(std::string_view text, int number) {
  for (int i = 1; i < number; ++i) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string quoted(std::string_view text) {
  const bool cut = text.size() > kLongestQuote;
  if (cut) text = text.substr(0, character_start(text, kLongestQuote));
  std::string shown = "`";
  for (const char c : text) shown += is_control(c) ? '?' : c;
  return shown.append(cut ? "...`" : "`");
}

std::string render(const Location& where, std::string_view line, const std::string& message, const std::string& help) {
  std::string text = where.file;
  text.append(":").append(std::to_string(where.line)).append(":").append(std::to_string(where.column));
  text.append(": error: ").append(message);
  if (!line.empty()) text.append("\n").append(excerpt(where, line));
  if (!help.empty()) text.append("\nhelp: ").append(help);
  return text;
}

void Diagnostics::add(const Location& where, const std::string& message, const std::string& help) {
  if (mistakes_.size() == kMostMistakes)
    ++more_;
  else
    mistakes_.push_back({where.line, where.column, render(where, line_of(text_, where.line), message, help)});
}

void Diagnostics::require_none() const {
  if (mistakes_.empty()) return;
  std::vector<Mistake> sorted = mistakes_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Mistake& a, const Mistake& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  std::string message;
  for (const Mistake& mistake : sorted) message.append(message.empty() ? "" : "\n\n").append(mistake.text);
  if (more_ != 0) message.append("\n\n").append(file_).append(": and ").append(std::to_string(more_)).append(" more");
  throw ConfigError(message);
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongestWord) return {};
  std::string best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const bool begins = word.size() >= 3 && candidate.starts_with(word);
    const size_t distance = begins ? 1 : edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

ConfigError::ConfigError(const Location& where, const std::string& message, const std::string& help)
    : base::Error(base::ExitCode::kConfig,
                  render(where, line_of(base::read_text_or_empty(where.file), where.line), message, help)) {}

ConfigError::ConfigError(const std::string& complete) : base::Error(base::ExitCode::kConfig, complete) {}

}  // namespace vireo::config
