#pragma once

#include <cstdint>
#include <span>

#include "vfio/virtual_config.h"

namespace vireo::vfio {

// A device's registers as they are, and the guest's image of them, which a quirk may change.
struct QuirkPlace {
  std::span<const uint8_t> device;
  const ConfigWishes& wishes;
  pci::ConfigSpace& config;
  ConfigFindings& findings;
};

// A departure from what a device says of itself, for drivers that want it so.
struct Quirk {
  const char* id;
  const char* condition;
  const char* effect;
  const char* why;
  const char* source;
  bool (*applies)(const QuirkPlace& place);
  void (*patch)(const QuirkPlace& place);
};

std::span<const Quirk> quirks();

// Patch what applies, after the image was built and before it is sealed.
// Errors: base::Error (kDevice) where there is no room for it.
void apply_quirks(const QuirkPlace& place);

// Whether a device can have a clique: vendor and class (24 bits).
bool can_have_clique(uint16_t vendor, uint32_t class_code);

}  // namespace vireo::vfio
