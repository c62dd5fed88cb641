#pragma once

#include <array>
#include <string>

#include "emulated/block/disk_image.h"
#include "emulated/nvme/commands.h"

namespace vireo::emulated::nvme {

// What tells a controller and its namespace from others.
struct Identity {
  std::string serial;                    // at most 20 characters
  std::array<uint8_t, 8> extended = {};  // EUI-64
};

using Page = std::array<uint8_t, kPageSize>;

// The data structures of the identify command. NVMe 1.4 5.15.2.
Page identify_controller(const Identity& identity);
Page identify_namespace(const DiskImage& image, const Identity& identity);
// The active namespaces above `after`.
Page identify_namespaces(uint32_t after);
Page identify_descriptors(const Identity& identity);

constexpr unsigned kEventRequests = 4;          // that may wait
constexpr uint32_t kNamespaceNotices = 1 << 8;  // of the optional events: a namespace's attributes changed

}  // namespace vireo::emulated::nvme
