#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "pci/config_access.h"
#include "pci/root_complex.h"
#include "vfio/passthrough_function.h"
#include "vmm/base/log_limit.h"
#include "vmm/console.h"
#include "vmm/deadline_wait.h"
#include "vmm/device_factory.h"
#include "vmm/firmware_board.h"
#include "vmm/host_devices.h"
#include "vmm/kvm/irq_routes.h"
#include "vmm/kvm/vfio_link.h"
#include "vmm/legacy_board.h"
#include "vmm/outcome.h"
#include "vmm/peer_slots.h"
#include "vmm/vcpu_threads.h"

namespace vireo {

// What a machine uses and does not own; it outlives the machine, a guest reboot takes a new machine on the same.
struct MachineSurroundings {
  platform::EventLoop& loop;
  Console& console;
  Verdict& verdict;
  Phases& phases;
  const Disks& disks;
  const boot::Firmware& firmware;
  std::function<void(const std::string&)> let_go;  // the host takes this device
};

// A guest, from first instruction to its end. Member order is build order; the first failure unwinds by destructors.
class Machine {
 public:
  // Errors: base::Error of the layer that failed.
  Machine(const Plan& plan, const MachineSurroundings& surroundings);
  ~Machine();

  // Let the CPUs run, and serve the guest until something reaches a verdict. Thread: the event loop's.
  void start();
  // What `vireo show` shows, as JSON.
  std::string describe() const;
  // Host addresses of the devices that were detached while it ran.
  const std::vector<std::string>& lost() const { return lost_; }
  Outcome wait();

 private:
  void build_functions(pci::PciBridge* parent, const std::vector<pci::PlannedFunction>& functions);
  std::unique_ptr<FirmwareBoard> build_firmware();
  std::optional<boot::InitialCpuState> load();
  void watch_devices();
  void unwatch(vfio::PassthroughFunction& function);
  void requested(vfio::PassthroughFunction& function);
  void failed(vfio::PassthroughFunction& function);
  bool ask_to_let_go(vfio::PassthroughFunction& function, const FunctionRole& role);
  void let_go(uint16_t slot, bool in_time);
  uint16_t slot_of(const vfio::PassthroughFunction& function) const;
  bool is_leaving(vfio::PassthroughFunction& function) const;
  void report(vfio::PassthroughFunction& function, const FunctionRole& role);
  void await_recovery(vfio::PassthroughFunction& function, const FunctionRole& role);
  void pull_broken(vfio::PassthroughFunction& function, const FunctionRole& role);
  enum class Loss { kTaken, kBroken };
  void remove(vfio::PassthroughFunction& function, Loss loss);
  void stop_cpus() noexcept;

  const Plan& plan_;
  MachineSurroundings outside_;
  emulated::MachineEvents events_;
  platform::GuestMemory memory_;
  HostDevices devices_;
  kvm::System system_;
  kvm::Vm vm_;
  kvm::IrqRoutes routes_;
  kvm::VfioLink link_;
  platform::IoBus ports_;
  platform::IoBus mmio_;
  LegacyBoard board_;
  PeerSlots bar_slots_;
  pci::RootComplex root_complex_;
  pci::Ecam ecam_;
  pci::ConfigPorts config_ports_;
  std::unique_ptr<FirmwareBoard> firmware_;  // nothing: the kernel is loaded directly
  std::vector<vfio::PassthroughFunction*> passthrough_;
  // What the host wants of a slot, and the wait for the guest to let go of all in it.
  struct Removal {
    std::vector<vfio::PassthroughFunction*> wanted;
    unsigned seconds = 0;  // from the first request on
    std::unique_ptr<DeadlineWait> wait;
  };
  std::map<uint16_t, Removal> removals_;  // by slot
  // Devices that may yet come back.
  std::map<vfio::PassthroughFunction*, std::unique_ptr<DeadlineWait>> recoveries_;
  std::map<std::string, base::LogLimit> report_limits_;  // by host address
  std::vector<std::string> lost_;
  VcpuThreads vcpus_;
};

}  // namespace vireo
