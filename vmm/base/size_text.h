#pragma once

#include <cstdint>
#include <string>

#include "vmm/base/bits.h"

namespace vireo::base {

// A size for people, exact: "16 KiB", "1536 MiB".
inline std::string size_text(uint64_t size) {
  if (size != 0 && size % kGiB == 0) return std::to_string(size / kGiB) + " GiB";
  if (size != 0 && size % kMiB == 0) return std::to_string(size / kMiB) + " MiB";
  if (size != 0 && size % kKiB == 0) return std::to_string(size / kKiB) + " KiB";
  return std::to_string(size) + " B";
}

}  // namespace vireo::base
