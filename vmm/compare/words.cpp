#include "vmm/compare/words.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <cmath>

namespace vireo::compare {
namespace {

// Units of one quantity, each a thousand times the one before.
using Units = std::array<const char*, 4>;

std::string three_digits(double value) {
  const double size = std::abs(value);
  if (size >= 99.95) return fmt::format("{:.0f}", value);
  return size >= 9.995 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

// In the largest unit of which there is at least one, or a tenth of the second one: "0.85 us".
std::string scaled(double value, const Units& units, double least) {
  size_t unit = 0;
  for (; unit + 1 < units.size() && std::abs(value) >= (unit == 0 ? least : 999.5); ++unit) value /= 1000;
  return (unit == 0 ? fmt::format("{:.0f}", value) : three_digits(value)) + units.at(unit);
}

}  // namespace

std::string workload_text(const Workload& workload) {
  return workload.percent == 0 ? fmt::format("depth {}", workload.depth) : fmt::format("{} % load", workload.percent);
}

std::string_view kind_text(PathKind kind) {
  switch (kind) {
    case PathKind::kPassthrough:
      return "passthrough";
    case PathKind::kVirtio:
      return "virtio";
    case PathKind::kEmulated:
      return "emulated";
    case PathKind::kHost:
      break;
  }
  return "host";
}

std::string duration_text(double nanoseconds) {
  return nanoseconds == 0 ? "0" : scaled(nanoseconds, {" ns", " us", " ms", " s"}, 99.5);
}

std::string change_text(double nanoseconds) {
  return (nanoseconds > 0 ? "+" : "") + duration_text(nanoseconds);
}

std::string rate_text(double rate) {
  return scaled(rate, {"", " k", " M", " G"}, 999.5);
}

std::string ratio_text(double ratio) {
  return ratio < 0.0995 && ratio > 0 ? fmt::format("{:.2g}", ratio) : three_digits(ratio);
}

std::string ratio_cell(const std::optional<Ratio>& ratio) {
  if (!ratio) return "-";
  if (!ratio->interval) return ratio_text(ratio->value) + " ?";
  const std::string text = fmt::format("{} ({}..{})", ratio_text(ratio->value), ratio_text(ratio->interval->low),
                                       ratio_text(ratio->interval->high));
  return ratio->differs() ? text : text + " =";
}

std::string per_operation_text(double count) {
  return count > 0 && count < 0.005 ? "<0.01" : three_digits(count);
}

std::string percent_text(double share) {
  return fmt::format("{:.0f} %", share * 100);
}

std::string share_text(double share) {
  return share < 1 ? fmt::format("{:.2g} %", share * 100) : percent_text(share);
}

std::string floor_text(bool poll_queue) {
  return poll_queue
             ? "the median of operations whose completion the host's driver polled, in a queue without interrupts"
             : "the median of operations whose completion a CPU of the host asked for without sleeping (its "
               "driver has no poll queue: an interrupt is in it)";
}

std::string count_text(uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string printable(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // 0x80 to 0x9f as a character of their own steer a terminal too; in UTF-8 they follow 0xc2.
    const bool high_control = byte >= 0x80 && byte < 0xa0 && line.ends_with('\xc2');
    if (high_control) line.pop_back();
    line += byte < 0x20 || byte == 0x7f || high_control ? '?' : c;
  }
  return line;
}

}  // namespace vireo::compare
