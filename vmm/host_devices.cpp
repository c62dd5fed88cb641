#include "vmm/host_devices.h"

#include <sched.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>
#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

#include "iommu/iommufd.h"
#include "iommu/type1.h"
#include "vfio/hot_reset.h"
#include "vmm/base/log.h"
#include "vmm/plan_devices.h"

namespace vireo {
namespace {

using base::ExitCode;

// Keeps the first exception of several threads.
class FirstFailure {
 public:
  template <typename Work>
  void guard(Work work) noexcept {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
};

// Lift the limit on locked memory as far as the guest needs; the plan has checked that it may be.
void raise_memlock(const Plan& plan) {
  if (plan.machine.memlock_soft >= plan.memlock_needed) return;
  const rlimit limit{.rlim_cur = plan.memlock_needed,
                     .rlim_max = std::max<rlim_t>(plan.machine.memlock_hard, plan.memlock_needed)};
  ::setrlimit(RLIMIT_MEMLOCK, &limit);  // where it fails MAP_DMA says what is missing
}

// The plan has checked that it may be.
void raise_files(const Plan& plan) {
  if (plan.machine.files_soft >= plan.files_needed) return;
  const rlimit limit{.rlim_cur = plan.files_needed, .rlim_max = plan.machine.files_hard};
  ::setrlimit(RLIMIT_NOFILE, &limit);  // where it fails opening the next one says so
}

iommu::DeviceToOpen to_open(const Plan& plan, const std::string& address) {
  const auto given = plan.given_files.find(address);
  return {.address = address,
          .file = given == plan.given_files.end() ? -1 : given->second,
          .vf_token = device_config(plan.config, address).vf_token};
}

// As many as the CPUs that we may run on: taskset and cpuset hold for them too.
unsigned populate_threads() {
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) < 0) return 1;
  return static_cast<unsigned>(std::clamp(CPU_COUNT(&cpus), 1, 16));
}

}  // namespace

HostDevices::HostDevices(const Plan& plan, const platform::GuestMemory& memory, Phases& phases) {
  if (plan.devices.empty()) {
    if (!plan.config.memory.prefault) return;
    const Phases::Scope scope(phases, "populate");
    memory.populate(populate_threads());
    return;
  }
  raise_memlock(plan);
  raise_files(plan);
  if (plan.iommufd)
    mapper_ = std::make_unique<iommu::Iommufd>();
  else
    mapper_ = std::make_unique<iommu::Type1Container>();
  spdlog::debug("devices reach the IOMMU by {}", plan.iommufd ? "iommufd" : "VFIO's type1 container");
  open_all(plan, memory, phases);
  const Phases::Scope scope(phases, "map");
  map_ram(memory);
}

void HostDevices::open_all(const Plan& plan, const platform::GuestMemory& memory, Phases& phases) {
  for (const auto& [address, facts] : plan.devices) opened_.emplace(address, base::Fd());
  FirstFailure failure;
  const uint64_t start = Phases::now();
  std::vector<std::jthread> threads;
  for (auto& [address, fd] : opened_)
    threads.emplace_back([&, &where = address, &opened = fd] {
      failure.guard([&] { opened = mapper_->open_device(to_open(plan, where)); });
    });
  {
    const Phases::Scope scope(phases, "populate");
    failure.guard([&] { memory.populate(populate_threads()); });
  }
  threads.clear();
  failure.rethrow();
  reset_by_bus(plan);
  phases.add("open and reset", start, Phases::now());
}

// The kernel has reset what has a reset of its own. Others, several conventional functions on a bus, go together.
void HostDevices::reset_by_bus(const Plan& plan) {
  std::vector<std::string> done;
  for (const auto& [address, facts] : plan.devices) {
    if (!facts.reset_methods.empty() || std::find(done.begin(), done.end(), address) != done.end()) continue;
    const vfio::HotReset reset = vfio::hot_reset(opened_.at(address), mapper_->ownership_files());
    done.insert(done.end(), reset.affected.begin(), reset.affected.end());
    const std::string functions = reset.affected.empty() ? address : fmt::format("{}", fmt::join(reset.affected, ", "));
    if (reset.error >= 0)
      spdlog::debug("[{}] reset with all functions of its bus: {}", address, functions);
    else
      spdlog::warn("[{}] has no reset of its own, and its bus cannot be reset ({}): {}; it starts as the host left it",
                   address, functions, base::errno_text(-reset.error));
  }
}

// GPA = IOVA: one call a region. An address that the IOMMU cannot take is named here, the plan knew only what sysfs
// says.
void HostDevices::map_ram(const platform::GuestMemory& memory) {
  const auto usable = mapper_->usable_iova();
  for (const platform::RamRegion& region : memory.regions()) {
    const base::Iova iova(region.range.start().value());
    const auto range = base::IovaRange::make(iova, region.range.size());
    const bool fits = usable.empty() || std::any_of(usable.begin(), usable.end(),
                                                    [&](const auto& free) { return range && free.contains(*range); });
    if (!fits)
      throw base::Error(ExitCode::kHost,
                        "the IOMMU cannot map all of the guest's RAM: an address range of it is reserved",
                        "give the guest less memory; cat /sys/kernel/iommu_groups/*/reserved_regions shows the holes");
    mapper_->map(iova, *memory.host(region.range.start(), region.range.size()), region.range.size());
  }
}

base::Fd HostDevices::take(const std::string& address) {
  return std::move(opened_.at(address));
}

std::vector<int> HostDevices::kvm_files() const {
  return mapper_ ? mapper_->kvm_files() : std::vector<int>{};
}

}  // namespace vireo
