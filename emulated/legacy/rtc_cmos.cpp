#include "emulated/legacy/rtc_cmos.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vireo::emulated {
namespace {

enum Register : uint8_t {
  kSeconds = 0x00,
  kMinutes = 0x02,
  kHours = 0x04,
  kWeekday = 0x06,
  kDay = 0x07,
  kMonth = 0x08,
  kYear = 0x09,
  kA = 0x0a,
  kB = 0x0b,
  kC = 0x0c,
  kD = 0x0d,
  kCentury = 0x32,
};

// What PCs and firmware for virtual machines keep in the memory.
constexpr uint8_t kBaseMemory = 0x15;      // KiB below 640 KiB
constexpr uint8_t kExtendedMemory = 0x17;  // KiB from 1 MiB on, and again at 0x30
constexpr uint8_t kExtendedMemory2 = 0x30;
constexpr uint8_t kMemoryFrom16MiB = 0x34;  // 64 KiB units, below 4 GiB
constexpr uint8_t kMemoryFrom4GiB = 0x5b;   // the same, 3 bytes
constexpr uint8_t kBootOrder = 0x3d;        // low nibble: the first, 2 is a disk
constexpr uint8_t kCpusLessOne = 0x5f;

constexpr uint8_t kASettable = 0x7f;    // all but update-in-progress
constexpr uint8_t kAReset = 0x26;       // 32.768 kHz, 1024 Hz
constexpr uint8_t kBSet = 1 << 7;       // time stands still, the guest writes it
constexpr uint8_t kBInterrupts = 0x78;  // periodic, alarm, update-ended, square wave
constexpr uint8_t kBBinary = 1 << 2;
constexpr uint8_t kB24Hours = 1 << 1;
constexpr uint8_t kDValid = 1 << 7;     // the battery is good
constexpr uint8_t kAfternoon = 1 << 7;  // in a 12-hour hour

constexpr bool is_time(uint8_t index) {
  return index == kSeconds || index == kMinutes || index == kHours || (index >= kWeekday && index <= kYear) ||
         index == kCentury;
}

}  // namespace

RtcCmos::RtcCmos(WallClock clock) : BytePorts(2), clock_(std::move(clock)) {
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

void RtcCmos::reset() noexcept {
  const std::lock_guard lock(mutex_);
  memory_[kB] &= static_cast<uint8_t>(~kBInterrupts);
  index_ = 0;
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
  if (index == kC) return 0;
  if (index == kD) return kDValid;
  if (is_time(index) && (memory_[kB] & kBSet) == 0) fetch_time();
  return memory_[index];
}

void RtcCmos::write_register(uint8_t index, uint8_t value) noexcept {
  const bool stopped = (memory_[kB] & kBSet) != 0;
  if (index == kC || index == kD) return;
  if (index == kA) value &= kASettable;
  if (index == kB) {
    const bool stops = (value & kBSet) != 0;
    if (stops && !stopped) fetch_time();
    memory_[kB] = value;
    if (stopped && !stops) store_time();
    return;
  }
  if (!is_time(index) || stopped) {
    memory_[index] = value;
    return;
  }
  fetch_time();
  memory_[index] = value;
  store_time();
}

int64_t RtcCmos::now() const noexcept {
  return clock_() + offset_;
}

void RtcCmos::fetch_time() noexcept {
  using namespace std::chrono;
  const sys_seconds time{seconds{now()}};
  const sys_days date = floor<days>(time);
  const year_month_day calendar{date};
  const hh_mm_ss clock{time - date};
  const int year = static_cast<int>(calendar.year());
  const unsigned positive_year = year < 0 ? 0u : static_cast<unsigned>(year) % 10000;
  memory_[kSeconds] = encode(static_cast<unsigned>(clock.seconds().count()));
  memory_[kMinutes] = encode(static_cast<unsigned>(clock.minutes().count()));
  memory_[kHours] = encode_hour(static_cast<unsigned>(clock.hours().count()));
  memory_[kWeekday] = encode(weekday{date}.c_encoding() + 1);  // Sunday is 1
  memory_[kDay] = encode(static_cast<unsigned>(calendar.day()));
  memory_[kMonth] = encode(static_cast<unsigned>(calendar.month()));
  memory_[kYear] = encode(positive_year % 100);
  memory_[kCentury] = encode(positive_year / 100);
}

// Take the registers as the time; what is no time (31 February, hour 77) changes nothing.
void RtcCmos::store_time() noexcept {
  using namespace std::chrono;
  const auto full_year = static_cast<int>(decode(memory_[kCentury]) * 100 + decode(memory_[kYear]));
  const year_month_day date{year{full_year}, month{decode(memory_[kMonth])}, day{decode(memory_[kDay])}};
  const unsigned hour = decode_hour(memory_[kHours]);
  const unsigned minute = decode(memory_[kMinutes]);
  const unsigned second = decode(memory_[kSeconds]);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return;
  const sys_seconds time = sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
  offset_ = time.time_since_epoch().count() - clock_();
}

uint8_t RtcCmos::encode(unsigned value) const noexcept {
  if ((memory_[kB] & kBBinary) != 0) return static_cast<uint8_t>(value);
  return static_cast<uint8_t>((value / 10 % 10) << 4 | value % 10);
}

unsigned RtcCmos::decode(uint8_t value) const noexcept {
  if ((memory_[kB] & kBBinary) != 0) return value;
  return (value >> 4) * 10u + (value & 0xfu);
}

uint8_t RtcCmos::encode_hour(unsigned hour) const noexcept {
  if ((memory_[kB] & kB24Hours) != 0) return encode(hour);
  const unsigned twelve = hour % 12 == 0 ? 12 : hour % 12;
  return encode(twelve) | (hour >= 12 ? kAfternoon : uint8_t{0});
}

unsigned RtcCmos::decode_hour(uint8_t value) const noexcept {
  if ((memory_[kB] & kB24Hours) != 0) return decode(value);
  const unsigned twelve = decode(value & 0x7f) % 12;
  return (value & kAfternoon) != 0 ? twelve + 12 : twelve;
}

}  // namespace vireo::emulated
