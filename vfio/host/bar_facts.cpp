#include "vfio/host/bar_facts.h"

#include <optional>
#include <string_view>

#include "vfio/host/sysfs_reader.h"

namespace vireo::host {
namespace {

constexpr uint64_t kResourceIo = 0x100;
constexpr uint64_t kResourceMemory = 0x200;
constexpr uint64_t kResourcePrefetch = 0x2000;
constexpr uint64_t kResource64Bit = 0x100000;
constexpr unsigned kRomIndex = 6;

// One line of `resource`: "0xfe000000 0xfe003fff 0x0000000000140204"; nothing for a BAR that is not implemented and
// for the upper half of a 64-bit one.
std::optional<BarFacts> parse_bar(std::string_view line, unsigned index) {
  const auto words = split_words(line);
  if (words.size() != 3) return std::nullopt;
  const auto start = parse_number(words[0]);
  const auto end = parse_number(words[1]);
  const auto flags = parse_number(words[2]);
  if (!start || !end || !flags || *end <= *start || (*flags & (kResourceIo | kResourceMemory)) == 0)
    return std::nullopt;
  // A ROM that the host never gave a place: the kernel cannot read it.
  if (index == kRomIndex && *start == 0) return std::nullopt;
  return BarFacts{.index = index,
                  .size = *end - *start + 1,
                  .io = (*flags & kResourceIo) != 0,
                  .is_64bit = (*flags & kResource64Bit) != 0,
                  .prefetchable = (*flags & kResourcePrefetch) != 0};
}

}  // namespace

std::vector<BarFacts> read_bars(const std::string& folder) {
  std::vector<BarFacts> bars;
  const std::string text = read_attribute(folder + "/resource");
  unsigned index = 0;
  for (const std::string_view line : split_lines(text)) {
    if (index > kRomIndex) break;
    if (const auto bar = parse_bar(line, index)) bars.push_back(*bar);
    ++index;
  }
  return bars;
}

}  // namespace vireo::host
