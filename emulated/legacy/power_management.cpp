#include "emulated/legacy/power_management.h"

#include <utility>

namespace vireo::emulated {
namespace {

using namespace platform;

// ACPI 6.5 4.8.3.1, tables 4.11 and 4.12: PM1 status and enable.
constexpr uint16_t kTimer = 1 << 0;
constexpr uint16_t kGlobal = 1 << 5;
constexpr uint16_t kPowerButton = 1 << 8;
constexpr uint16_t kRtc = 1 << 10;
constexpr uint16_t kEnableMask = kTimer | kGlobal | kPowerButton | kRtc;

// ACPI 6.5 4.8.3.2.1, table 4.13: PM1 control. SLP_EN and GBL_RLS read zero.
constexpr uint16_t kSciEnable = 1 << 0;
constexpr uint16_t kBusMasterReload = 1 << 1;
constexpr uint16_t kSleepTypeMask = 7 << 10;
constexpr uint16_t kSleepEnable = 1 << 13;
constexpr uint16_t kControlMask = kBusMasterReload | kSleepTypeMask;

constexpr uint16_t kPm1EnableOffset = kPm1EventOffset + kPm1EventLength / 2;
constexpr uint16_t kGpeHalf = kGpe0Length / 2;
constexpr uint16_t kGpeEnableOffset = kGpe0Offset + kGpeHalf;
// ICH9 datasheet 13.8.3.8: SMI_EN. That system management mode has been set up is what firmware takes APMC_EN for:
// there is none to set up.
constexpr uint16_t kSmiEnableOffset = 0x30;
constexpr uint8_t kApmcEnable = 1 << 5;
constexpr uint32_t kTimerMask = 0xffffff;  // 24 bits: FADT's TMR_VAL_EXT is clear
constexpr Effect kPowerOff = 1;

uint8_t get_byte(uint32_t value, unsigned byte) noexcept {
  return static_cast<uint8_t>(value >> (8 * byte));
}

uint16_t set_byte(uint16_t old, unsigned byte, uint8_t value) noexcept {
  const uint32_t kept = old & ~(0xffu << (8 * byte));
  return static_cast<uint16_t>(kept | (uint32_t{value} << (8 * byte)));
}

uint32_t timer_ticks(uint64_t nanoseconds) noexcept {
  constexpr auto kWhole = static_cast<uint64_t>(kSecond);
  const uint64_t whole = nanoseconds / kWhole * kPmTimerHertz;
  const uint64_t rest = nanoseconds % kWhole * kPmTimerHertz / kWhole;
  return static_cast<uint32_t>((whole + rest) & kTimerMask);
}

constexpr bool within(uint16_t offset, uint16_t start, uint16_t size) {
  return offset >= start && offset - start < size;
}

}  // namespace

PowerManagement::PowerManagement(InterruptRouter& router, const MachineEvents& events, MonotonicClock clock)
    : BytePorts(kPmPorts), router_(router), events_(events), clock_(std::move(clock)) {}

void PowerManagement::press_power_button() noexcept {
  const std::lock_guard lock(mutex_);
  status_ |= kPowerButton;
  update_sci();
}

void PowerManagement::reset() noexcept {
  const std::lock_guard lock(mutex_);
  status_ = enable_ = control_ = 0;
  gpe_enable_ = {};
  update_sci();
}

uint8_t PowerManagement::read_byte(uint16_t offset, Effect&) noexcept {
  if (within(offset, kPm1EventOffset, 2)) return get_byte(status_, offset - kPm1EventOffset);
  if (within(offset, kPm1EnableOffset, 2)) return get_byte(enable_, offset - kPm1EnableOffset);
  if (within(offset, kPm1ControlOffset, 2)) return get_byte(control_ | kSciEnable, offset - kPm1ControlOffset);
  if (within(offset, kPmTimerOffset, kPmTimerLength)) return read_timer(offset - kPmTimerOffset);
  if (within(offset, kGpeEnableOffset, kGpeHalf)) return gpe_enable_[offset - kGpeEnableOffset];
  if (offset == kSmiEnableOffset) return kApmcEnable;
  return 0;
}

void PowerManagement::write_byte(uint16_t offset, uint8_t value, Effect& effect) noexcept {
  if (within(offset, kPm1EventOffset, 2)) {
    // Writing one clears.
    status_ &= static_cast<uint16_t>(~(uint32_t{value} << (8 * (offset - kPm1EventOffset))));
  } else if (within(offset, kPm1EnableOffset, 2)) {
    enable_ = set_byte(enable_, offset - kPm1EnableOffset, value) & kEnableMask;
  } else if (within(offset, kPm1ControlOffset, 2)) {
    const uint16_t written = set_byte(control_, offset - kPm1ControlOffset, value);
    control_ = written & kControlMask;
    if ((written & kSleepEnable) != 0 && (written & kSleepTypeMask) == kSleepTypeSoftOff << 10) effect = kPowerOff;
  } else if (within(offset, kGpeEnableOffset, kGpeHalf)) {
    gpe_enable_[offset - kGpeEnableOffset] = value;
  }
}

void PowerManagement::access_done() noexcept {
  update_sci();
}

void PowerManagement::perform(Effect) noexcept {
  if (events_.power_off) events_.power_off();
}

uint8_t PowerManagement::read_timer(unsigned byte) noexcept {
  if (byte == 0) timer_ = timer_ticks(clock_());
  return get_byte(timer_, byte);
}

void PowerManagement::update_sci() noexcept {
  const bool level = (status_ & enable_) != 0;
  if (level == sci_) return;
  sci_ = level;
  router_.set_line(kSciIrq, level);
}

}  // namespace vireo::emulated
