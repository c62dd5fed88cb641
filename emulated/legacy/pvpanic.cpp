#include "emulated/legacy/pvpanic.h"

namespace vireo::emulated {

uint8_t Pvpanic::read_byte(uint16_t, Effect&) noexcept {
  return kPanicked | kCrashLoaded;
}

void Pvpanic::write_byte(uint16_t, uint8_t value, Effect& effect) noexcept {
  effect = value & (kPanicked | kCrashLoaded);
}

void Pvpanic::perform(Effect effect) noexcept {
  if (events_.panic) events_.panic(static_cast<uint8_t>(effect));
}

}  // namespace vireo::emulated
