#include "vmm/plan.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "vmm/config/load.h"
#include "vmm/plan_checks.h"
#include "vmm/plan_devices.h"
#include "vmm/plan_memory.h"
#include "vmm/plan_topology.h"

namespace vireo {
namespace {

FileFacts look_at_file(const std::string& path) {
  struct stat status {};
  if (path.empty()) return {};
  if (::stat(path.c_str(), &status) < 0 || ((status.st_mode & S_IROTH) == 0 && ::access(path.c_str(), R_OK) < 0))
    return {.error = base::errno_text(errno), .size = 0};
  if (!S_ISREG(status.st_mode)) return {.error = "not a regular file", .size = 0};
  return {.error = {}, .size = static_cast<uint64_t>(status.st_size)};
}

DeviceFacts look_at_device(const std::string& address) {
  try {
    return {.address = address, .facts = host::read_facts(address)};
  } catch (const base::Error& error) {
    // A device that is not there is one conflict among others.
    return {.address = address, .problem = error.what(), .help = error.help()};
  }
}

std::vector<base::IovaRange> reserved_ranges(const Plan& plan) {
  std::vector<base::IovaRange> reserved;
  for (const auto& [address, facts] : plan.devices)
    reserved.insert(reserved.end(), facts.reserved_iova.begin(), facts.reserved_iova.end());
  return reserved;
}

void plan_memory(Plan& plan) {
  const config::MemoryConfig& memory = plan.config.memory;
  plan.backing = {.page_size = memory.hugepages.value_or(base::kPageSize), .numa_node = memory.numa_node};
  plan.ram = lay_out_ram(memory.size, std::max(plan.backing.page_size, 2 * base::kMiB), reserved_ranges(plan));
  plan.memlock_needed = plan.devices.empty() ? 0 : memory.size;
}

std::string text_of(const Conflict& conflict) {
  if (conflict.where.line > 0) return config::ConfigError(conflict.where, conflict.message, conflict.help).what();
  return "error: " + conflict.message + (conflict.help.empty() ? "" : "\nhelp: " + conflict.help);
}

}  // namespace

Surroundings look_around(const config::Config& config) {
  Surroundings surroundings{.machine = host::read_machine_facts(config.memory.hugepages ? host::WithHugePages::kYes
                                                                                        : host::WithHugePages::kNo),
                            .devices = {},
                            .kernel = look_at_file(config.boot.kernel),
                            .initrd = look_at_file(config.boot.initrd)};
  for (const config::DeviceConfig* device : devices_of(config))
    surroundings.devices.emplace(device->vfio, look_at_device(device->vfio));
  return surroundings;
}

Plan make_plan(const config::Config& config, const Surroundings& surroundings) {
  Plan plan{.config = config, .machine = surroundings.machine};
  for (const auto& [address, device] : surroundings.devices) {
    if (!device.facts) continue;
    plan.devices.emplace(address, *device.facts);
    plan.vectors += std::max(device.facts->msix.vectors, device.facts->msi_vectors);
  }
  check_files(plan, surroundings);
  check_devices(plan, surroundings);
  plan_memory(plan);
  check_machine(plan);
  plan_topology(plan);
  plan_addresses(plan);
  return plan;
}

void add_conflict(Plan& plan, base::ExitCode code, const config::Location& where, std::string message,
                  std::string help) {
  plan.conflicts.push_back({code, where, std::move(message), std::move(help)});
}

void require_feasible(const Plan& plan) {
  if (plan.conflicts.empty()) return;
  std::string message;
  for (const Conflict& conflict : plan.conflicts) message += (message.empty() ? "" : "\n\n") + text_of(conflict);
  throw base::Error(plan.conflicts.front().code, message);
}

}  // namespace vireo
