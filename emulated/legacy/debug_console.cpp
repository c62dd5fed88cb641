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
  const bool printable = value >= ' ' && value < 0x7f;
  if (value == '\n' || (printable && line_.size() == kLongest)) {
    listener_(line_);
    line_.clear();
  }
  if (printable) line_.push_back(static_cast<char>(value));
}

}  // namespace vireo::emulated
