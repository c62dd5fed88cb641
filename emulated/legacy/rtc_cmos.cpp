#include "emulated/legacy/rtc_cmos.h"

#include <algorithm>
#include <utility>

namespace vireo::emulated {
namespace {

using namespace rtc;

// What PCs and firmware for virtual machines keep in the memory.
constexpr uint8_t kBaseMemory = 0x15;      // KiB below 640 KiB
constexpr uint8_t kExtendedMemory = 0x17;  // KiB from 1 MiB on, and again at 0x30
constexpr uint8_t kExtendedMemory2 = 0x30;
constexpr uint8_t kMemoryFrom16MiB = 0x34;  // 64 KiB units, below 4 GiB
constexpr uint8_t kMemoryFrom4GiB = 0x5b;   // the same, 3 bytes
constexpr uint8_t kBootOrder = 0x3d;        // low nibble: the first, 2 is a disk
constexpr uint8_t kCpusLessOne = 0x5f;

constexpr uint8_t kASettable = 0x7f;  // all but update-in-progress
constexpr uint8_t kAReset = 0x26;     // 32.768 kHz, 1024 Hz
constexpr uint8_t kAUpdating = 1 << 7;
constexpr uint8_t kBInterrupts = 0x78;  // periodic, alarm, update-ended, square wave
constexpr uint8_t kCRequest = 1 << 7;   // IRQF
constexpr uint8_t kDValid = 1 << 7;     // the battery is good

// Update cycle, t_BUC: whoever reads the bit as 0 has this long to read the time before it changes. It changes at once
// here.
constexpr int64_t kBeforeUpdate = 244'000;

}  // namespace

RtcCmos::RtcCmos(platform::InterruptRouter& router, Host host)
    : BytePorts(2), router_(router), host_(std::move(host)), seen_(host_.clock()) {
  memory_[kA] = kAReset;
  memory_[kB] = kB24Hours;
}

void RtcCmos::describe(const Equipment& equipment) noexcept {
  const auto put = [this](uint8_t index, uint64_t value, unsigned width) {
    const uint64_t most = (uint64_t{1} << 8 * width) - 1;
    for (unsigned i = 0; i < width; ++i) memory_[index + i] = static_cast<uint8_t>(std::min(value, most) >> 8 * i);
  };
  constexpr uint64_t k16MiB = 16 * base::kMiB;
  const uint64_t low = equipment.memory_below_4_gib;
  const std::lock_guard lock(mutex_);
  put(kBaseMemory, 640, 2);
  put(kExtendedMemory, (std::max(low, base::kMiB) - base::kMiB) / base::kKiB, 2);
  put(kExtendedMemory2, (std::max(low, base::kMiB) - base::kMiB) / base::kKiB, 2);
  put(kMemoryFrom16MiB, (std::max(low, k16MiB) - k16MiB) / (64 * base::kKiB), 2);
  put(kMemoryFrom4GiB, equipment.memory_above_4_gib / (64 * base::kKiB), 3);
  put(kBootOrder, 2, 1);
  put(kCpusLessOne, std::min(equipment.cpus - 1, 255u), 1);
}

void RtcCmos::wake() noexcept {
  const std::lock_guard lock(mutex_);
  catch_up();
  alarm_.reset();  // it is over, or the clock that it was for was set
  update_interrupt();
}

// The RESET pin: the enables and the flags.
void RtcCmos::reset() noexcept {
  const std::lock_guard lock(mutex_);
  catch_up();
  memory_[kB] &= static_cast<uint8_t>(~kBInterrupts);
  flags_ = 0;
  index_ = 0;
  update_interrupt();
}

// 0x70 is write only on a PC.
uint8_t RtcCmos::read_byte(uint16_t offset, Effect&) noexcept {
  return offset == 0 ? 0xff : read_register(index_);
}

void RtcCmos::write_byte(uint16_t offset, uint8_t value, Effect&) noexcept {
  if (offset == 0)
    index_ = value & 0x7f;  // bit 7 masks NMIs: there are none
  else
    write_register(index_, value);
}

uint8_t RtcCmos::read_register(uint8_t index) noexcept {
  if (index == kA) return about_to_update() ? memory_[kA] | kAUpdating : memory_[kA];
  if (index == kC) return read_flags();
  if (index == kD) return kDValid;
  if (is_time(index) && !stopped()) fetch_time();
  return memory_[index];
}

// Register C: its flags are set whether they are enabled or not, and reading clears them.
uint8_t RtcCmos::read_flags() noexcept {
  catch_up();
  const uint8_t flags = std::exchange(flags_, uint8_t{0});
  return (flags & memory_[kB]) != 0 ? flags | kCRequest : flags;
}

void RtcCmos::write_register(uint8_t index, uint8_t value) noexcept {
  if (index == kC || index == kD) return;
  if (index < kC || index == kCentury) catch_up();  // by what has been true so far
  if (index == kB) return write_control(value);
  if (index == kA) value &= kASettable;
  const bool sets_time = is_time(index) && !stopped();
  if (sets_time) fetch_time();
  memory_[index] = value;
  if (sets_time) store_time();
}

void RtcCmos::write_control(uint8_t value) noexcept {
  const bool was_stopped = stopped();
  const bool stops = (value & kBSet) != 0;
  if (stops && !was_stopped) fetch_time();
  // Register B, UIE: SET going high clears it.
  memory_[kB] = stops ? value & ~kUpdateEnded : value;
  if (was_stopped && !stops) store_time();
}

bool RtcCmos::stopped() const noexcept {
  return (memory_[kB] & kBSet) != 0;
}

bool RtcCmos::about_to_update() const noexcept {
  return !stopped() && host_.clock() % kSecond >= kSecond - kBeforeUpdate;
}

void RtcCmos::fetch_time() noexcept {
  show_time(memory_, host_.clock() / kSecond + offset_);
}

// Take the registers as the time; what is no time changes nothing.
void RtcCmos::store_time() noexcept {
  if (const auto time = read_time(memory_)) offset_ = *time - host_.clock() / kSecond;
}

// The host's clock may be set back: what came before comes again.
void RtcCmos::catch_up() noexcept {
  const int64_t now = host_.clock();
  flags_ |= events_between(read_schedule(memory_, offset_), seen_, now);
  seen_ = now;
}

// What has a flag already changes nothing until register C is read: nobody has to wake for it.
void RtcCmos::update_interrupt() noexcept {
  const bool level = (flags_ & memory_[kB] & kEvents) != 0;
  if (std::exchange(line_, level) != level) router_.set_line(platform::kRtcIrq, level);
  const uint8_t awaited = memory_[kB] & ~flags_ & kEvents;
  const auto due = awaited == 0 ? std::nullopt : next_of(awaited, read_schedule(memory_, offset_), seen_);
  if (due == alarm_) return;
  alarm_ = due;
  host_.wake_at(due);
}

}  // namespace vireo::emulated
