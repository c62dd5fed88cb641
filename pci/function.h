#pragma once

#include <span>
#include <string>
#include <vector>

#include "pci/bar.h"
#include "pci/config_space.h"
#include "pci/standard.h"

namespace vireo::pci {

// What a configuration store asks of those above: a value, so that a device never calls upward.
struct ConfigEffects {
  bool decode = false;       // BARs, windows, bus numbers or their enables changed
  bool reset_below = false;  // a bridge's secondary bus reset
};

// The same of a store to a BAR.
struct BarEffects {
  bool doorbells = false;  // doorbells() says something else now
};

// Where one BAR answers now.
struct DecodedBar {
  unsigned bar = 0;
  bool io = false;
  uint64_t address = 0;
  uint64_t size = 0;
  auto operator<=>(const DecodedBar&) const = default;
};

// A PCI function as the guest sees it. Subclasses: bridges, passed-through and emulated endpoints.
// Thread: any vCPU; configuration accesses come one at a time (the root complex locks), BAR accesses do not.
class PciFunction {
 public:
  virtual ~PciFunction() = default;
  PciFunction(const PciFunction&) = delete;
  PciFunction& operator=(const PciFunction&) = delete;

  const std::string& name() const { return name_; }

  // width is 1, 2 or 4; offset + width may reach past 4096.
  virtual uint32_t read_config(uint16_t offset, unsigned width) noexcept { return config_.read(offset, width); }
  virtual ConfigEffects write_config(uint16_t offset, unsigned width, uint32_t value) noexcept;

  // Accesses that trap. offset < the BAR's size; data.size() 1 to 8.
  virtual void read_bar(unsigned bar, uint64_t offset, std::span<uint8_t> data) noexcept;
  virtual BarEffects write_bar(unsigned bar, uint64_t offset, std::span<const uint8_t> data) noexcept;

  // What of the BAR needs no trap; constant over the function's life.
  virtual std::span<const DirectRegion> direct_regions(unsigned bar) const noexcept;

  // What of the BAR only rings a bell now. What the span shows is constant over the function's life; which span it is
  // changes by a store whose effects say so. Thread: any.
  virtual std::span<const BarDoorbell> doorbells(unsigned bar) const noexcept;

  // Conventional reset: registers as at power-on.
  virtual void reset() noexcept { config_.reset(); }

  const Bars& bars() const { return bars_; }
  // The address in the BAR register, whether it decodes or not.
  uint64_t bar_address(unsigned bar) const noexcept;
  // Which BARs answer where: a pure function of COMMAND, the BAR registers and may_decode().
  virtual std::vector<DecodedBar> decode() const;

 protected:
  explicit PciFunction(std::string name) : name_(std::move(name)) {}

  // Declare a BAR: its register's type bits and write mask follow from it.
  void define_bar(unsigned index, const Bar& bar);
  // Power state and other reasons not to answer; COMMAND is looked at besides.
  virtual bool may_decode() const noexcept { return true; }

  ConfigSpace config_;

 private:
  std::string name_;
  Bars bars_ = {};
};

// Whether [offset, offset + width) touches [start, start + size).
constexpr bool touches(uint16_t offset, unsigned width, uint16_t start, unsigned size) {
  return offset < start + size && start < offset + width;
}

}  // namespace vireo::pci
