#include "emulated/legacy/debug_console.h"

namespace vireo::emulated {
namespace {

constexpr uint8_t kPresent = 0xe9;
constexpr size_t kLongest = 240;

}  // namespace

uint8_t DebugConsole::read_byte(uint16_t, Effect&) noexcept {
  return listener_ ? kPresent : uint8_t{0xff};
}

void DebugConsole::write_byte(uint16_t, uint8_t value, Effect&) noexcept {
  if (!listener_) return;
  if (value >= ' ' && value < 0x7f) line_.push_back(static_cast<char>(value));
  if (value != '\n' && line_.size() < kLongest) return;
  listener_(line_);
  line_.clear();
}

}  // namespace vireo::emulated
