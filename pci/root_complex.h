#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "pci/bar_mappings.h"
#include "pci/bridge.h"
#include "pci/function.h"
#include "pci/topology.h"

namespace vireo::pci {

// The PCIe hierarchy: routes configuration accesses by the bus numbers that the guest programmed, and keeps what is
// mapped equal to what the BARs and windows decode.
// Thread: any vCPU; one lock for configuration accesses and the mappings that follow from them.
class RootComplex {
 public:
  // `occupied`: guest-physical ranges that no BAR may cover (RAM, interrupt controllers).
  RootComplex(const BarMappings::Spaces& spaces, std::vector<base::GuestRange> occupied);
  ~RootComplex();

  // Put a function on the root bus (no parent) or on a bridge's secondary bus. Before the guest runs.
  PciFunction& add(PciBridge* parent, uint8_t devfn, std::unique_ptr<PciFunction> function);

  // Write bus numbers, windows and BARs as firmware would: bridges forward, endpoints do not decode yet.
  void program(const std::vector<PlannedFunction>& root_bus);

  uint32_t read_config(uint8_t bus, uint8_t devfn, uint16_t offset, unsigned width) noexcept;
  void write_config(uint8_t bus, uint8_t devfn, uint16_t offset, unsigned width, uint32_t value) noexcept;

  // Take a function out while the guest runs, as if it were pulled: all-ones from then on, and its port is empty when
  // it was the last one there. The object lives on: accesses that began before may still end.
  void detach(const PciFunction& function) noexcept;
  // Ask the guest's driver of the slot to let go of a function, and with it of all in the slot; `powered_off` is
  // signalled when it has. Return whether anybody was asked. Lifetime: `powered_off` lives until then, or until the
  // slot is empty. Precondition: nobody waits for that slot yet.
  bool ask_to_let_go(const PciFunction& function, const base::EventFd& powered_off) noexcept;
  // Ask it to take a function into use again that shared the slot with one that is gone.
  void offer_again(const PciFunction& function) noexcept;
  // Tell the root port above that a function failed. Return whether a driver of it wants to know.
  bool report_fatal_error(const PciFunction& function) noexcept;

  // A function's doorbells() changed.
  void update_doorbells(const PciFunction& function) noexcept;

  // Take every mapping away, before the devices go.
  void unmap_all() noexcept;

 private:
  struct Node;
  using Bus = std::vector<std::unique_ptr<Node>>;

  Node* find(Bus& bus, uint8_t number, uint8_t wanted_bus, uint8_t devfn) noexcept;
  // Where a function is: its bus, with the bridge above, the root port on the way, and the bus number.
  struct Place {
    Bus* bus = nullptr;
    size_t index = 0;
    PciBridge* above = nullptr;
    PciBridge* root_port = nullptr;
    uint8_t number = 0;
  };
  static bool find_place(const PciFunction& function, Place& place);
  Bus& bus_below(const PciBridge* parent);
  static Node* node_of(Bus& bus, const PciBridge* bridge);
  void program_bus(Bus& bus, const std::vector<PlannedFunction>& plan);
  static void reset_bus(Bus& bus) noexcept;
  void collect(Bus& bus, std::vector<Windows>& above, std::vector<BarMappings::Mapping>& mappings);
  void update_mappings();

  std::mutex mutex_;
  BarMappings mappings_;
  Bus detached_;  // what is gone; mappings are taken away from it
  Bus root_bus_;
};

}  // namespace vireo::pci
