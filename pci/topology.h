#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pci/bar.h"

namespace vireo::pci {

// [base, base + size) of an address space; size 0: closed.
struct Window {
  uint64_t base = 0;
  uint64_t size = 0;
  auto operator<=>(const Window&) const = default;
};

// The three address spaces that bridges forward, each through a window of its own. PCIe 6.0 7.5.1.3.6 to 7.5.1.3.8.
struct Windows {
  Window io;
  Window memory;        // 32-bit; everything that is not prefetchable
  Window prefetchable;  // 64-bit
  auto operator<=>(const Windows&) const = default;
};

constexpr uint8_t devfn(unsigned device, unsigned function) {
  return static_cast<uint8_t>(device << 3 | function);
}

// A function of the PCIe tree: what it needs, and after assign_resources() where everything is.
struct PlannedFunction {
  std::string name;
  uint8_t devfn = 0;
  Bars bars = {};
  bool bridge = false;
  std::vector<PlannedFunction> below;  // on a bridge's secondary bus

  uint8_t bus = 0;
  uint8_t secondary = 0;  // bridges
  uint8_t subordinate = 0;
  std::array<uint64_t, kBars> addresses = {};
  Windows windows;  // bridges
};

// Give bus numbers (depth first) and addresses (bottom-up, largest alignment first), so that a guest's kernel keeps
// them. A pure function. Returns what does not fit, one sentence each; empty: everything has its place.
std::vector<std::string> assign_resources(std::vector<PlannedFunction>& root_bus, const Windows& available);

// How much 64-bit window the tree needs, alignment included.
// Units: bytes.
uint64_t prefetchable_need(std::vector<PlannedFunction>& root_bus);

// How much of the I/O window the tree needs.
// Units: bytes.
uint64_t io_need(std::vector<PlannedFunction>& root_bus);

// Return the highest bus number of the tree, after assign_resources().
uint8_t last_bus(const std::vector<PlannedFunction>& root_bus);

}  // namespace vireo::pci
