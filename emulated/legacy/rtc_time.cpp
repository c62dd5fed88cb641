#include "emulated/legacy/rtc_time.h"

#include <chrono>

namespace vireo::emulated::rtc {
namespace {

constexpr uint8_t kAfternoon = 1 << 7;  // in a 12-hour hour

}  // namespace

bool is_time(uint8_t index) noexcept {
  return index == kSeconds || index == kMinutes || index == kHours || (index >= kWeekday && index <= kYear) ||
         index == kCentury;
}

uint8_t Format::encode(unsigned value) const noexcept {
  if (binary_) return static_cast<uint8_t>(value);
  return static_cast<uint8_t>((value / 10 % 10) << 4 | value % 10);
}

unsigned Format::decode(uint8_t value) const noexcept {
  if (binary_) return value;
  return (value >> 4) * 10u + (value & 0xfu);
}

uint8_t Format::encode_hour(unsigned hour) const noexcept {
  if (hours24_) return encode(hour);
  const unsigned twelve = hour % 12 == 0 ? 12 : hour % 12;
  return encode(twelve) | (hour >= 12 ? kAfternoon : uint8_t{0});
}

unsigned Format::decode_hour(uint8_t value) const noexcept {
  if (hours24_) return decode(value);
  const unsigned twelve = decode(value & 0x7f) % 12;
  return (value & kAfternoon) != 0 ? twelve + 12 : twelve;
}

void show_time(Memory& memory, int64_t since_1970) noexcept {
  using namespace std::chrono;
  const Format format(memory[kB]);
  const sys_seconds time{seconds{since_1970}};
  const sys_days date = floor<days>(time);
  const year_month_day calendar{date};
  const hh_mm_ss clock{time - date};
  const int year = static_cast<int>(calendar.year());
  const unsigned positive_year = year < 0 ? 0u : static_cast<unsigned>(year) % 10000;
  memory[kSeconds] = format.encode(static_cast<unsigned>(clock.seconds().count()));
  memory[kMinutes] = format.encode(static_cast<unsigned>(clock.minutes().count()));
  memory[kHours] = format.encode_hour(static_cast<unsigned>(clock.hours().count()));
  memory[kWeekday] = format.encode(weekday{date}.c_encoding() + 1);  // Sunday is 1
  memory[kDay] = format.encode(static_cast<unsigned>(calendar.day()));
  memory[kMonth] = format.encode(static_cast<unsigned>(calendar.month()));
  memory[kYear] = format.encode(positive_year % 100);
  memory[kCentury] = format.encode(positive_year / 100);
}

std::optional<int64_t> read_time(const Memory& memory) noexcept {
  using namespace std::chrono;
  const Format format(memory[kB]);
  const auto full_year = static_cast<int>(format.decode(memory[kCentury]) * 100 + format.decode(memory[kYear]));
  const year_month_day date{year{full_year}, month{format.decode(memory[kMonth])}, day{format.decode(memory[kDay])}};
  const unsigned hour = format.decode_hour(memory[kHours]);
  const unsigned minute = format.decode(memory[kMinutes]);
  const unsigned second = format.decode(memory[kSeconds]);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const sys_seconds time = sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
  return time.time_since_epoch().count();
}

}  // namespace vireo::emulated::rtc
