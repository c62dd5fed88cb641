#include "emulated/legacy/debug_port.h"

namespace vireo::emulated {

uint8_t DebugPort::read_byte(uint16_t, Effect&) noexcept {
  return last_;
}

void DebugPort::write_byte(uint16_t, uint8_t value, Effect&) noexcept {
  last_ = value;
}

}  // namespace vireo::emulated
