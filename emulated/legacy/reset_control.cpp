#include "emulated/legacy/reset_control.h"

namespace vireo::emulated {
namespace {

constexpr uint8_t kSystemReset = 1 << 1;  // SYS_RST
constexpr uint8_t kResetCpu = 1 << 2;     // RST_CPU
constexpr uint8_t kFullReset = 1 << 3;    // FULL_RST
constexpr Effect kReset = 1;

}  // namespace

void ResetControl::reset() noexcept {
  const std::lock_guard lock(mutex_);
  value_ = 0;
}

uint8_t ResetControl::read_byte(uint16_t, Effect&) noexcept {
  return value_;
}

void ResetControl::write_byte(uint16_t, uint8_t value, Effect& effect) noexcept {
  const bool rising = (value & ~value_ & kResetCpu) != 0;
  value_ = value & (kSystemReset | kResetCpu | kFullReset);
  if (rising) effect = kReset;
}

void ResetControl::perform(Effect) noexcept {
  if (events_.reset) events_.reset();
}

}  // namespace vireo::emulated
