#include "vmm/compare/environment.h"

#include <cpuid.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::compare {
namespace {

constexpr const char* kClock = "/devices/system/clocksource/clocksource0/current_clocksource";
constexpr double kMostMovement = 0.05;  // of the CPUs' highest frequency
constexpr double kMostLoad = 0.2;       // of other processes, in CPUs

std::string clock_of(const host::HostRoot& root) {
  return host::read_attribute(root.sys() + kClock);
}

std::string cpu_model(const host::HostRoot& root) {
  const std::string text = base::read_text_or_empty(root.proc() + "/cpuinfo");
  constexpr std::string_view kKey = "model name\t: ";
  const size_t at = text.find(kKey);
  return at == std::string::npos ? "" : text.substr(at + kKey.size(), text.find('\n', at) - at - kKey.size());
}

std::string hypervisor_signature() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kHypervisorPresent = 1u << 31;  // CPUID leaf 1, ECX
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kHypervisorPresent) == 0) return {};
  __cpuid(0x40000000, a, b, c, d);
  std::array<char, 12> text{};
  std::memcpy(text.data(), &b, 4);
  std::memcpy(text.data() + 4, &c, 4);
  std::memcpy(text.data() + 8, &d, 4);
  return {text.begin(), text.end()};
}

}  // namespace

std::string hypervisor_name(const std::string& signature) {
  if (signature.empty()) return {};
  if (signature.starts_with("TCGTCG")) return "QEMU's emulator (TCG)";
  if (signature.starts_with("KVMKVM")) return "a virtual machine of KVM's";
  if (signature.starts_with("Microsoft Hv")) return "a virtual machine of Hyper-V's";
  if (signature.starts_with("VMware")) return "a virtual machine of VMware's";
  return "a virtual machine";
}

Environment read_environment(const host::HostRoot& root) {
  return {.vireo = {},
          .kernel = host::read_attribute(root.proc() + "/sys/kernel/osrelease"),
          .guest_kernel = {},
          .cpu = cpu_model(root),
          .cpus = static_cast<unsigned>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L)),
          .clock = clock_of(root),
          .emulated = hypervisor_name(hypervisor_signature()),
          .agent = "vireo",
          .governor = host::read_attribute(root.sys() + "/devices/system/cpu/cpu0/cpufreq/scaling_governor")};
}

std::optional<std::string> scheduler_warning(const std::string& node, const host::HostRoot& root) {
  const std::string file = root.sys() + "/class/block/" + host::base_name(node) + "/queue/scheduler";
  const std::string choices = host::read_attribute(file);  // "[mq-deadline] none"
  const size_t begin = choices.find('[');
  const size_t end = choices.find(']');
  if (begin == std::string::npos || end == std::string::npos) return std::nullopt;
  const std::string chosen = choices.substr(begin + 1, end - begin - 1);
  if (chosen == "none") return std::nullopt;
  return fmt::format("{} has the I/O scheduler {}: all paths but a VF's go through it: echo none >{}", node, chosen,
                     file);
}

HostWatch::HostWatch(host::HostRoot root) : root_(std::move(root)), clock_(clock_of(root_)) {
  const std::string load = base::read_text_or_empty(root_.proc() + "/loadavg");
  load_ = load.substr(0, load.find(' '));
  look();
}

void HostWatch::look() {
  uint64_t now = 0;
  const std::string cpus = root_.sys() + "/devices/system/cpu";
  for (const std::string& cpu : host::list_folder(cpus))
    now = std::max(now, host::read_number(fmt::format("{}/{}/cpufreq/scaling_cur_freq", cpus, cpu)).value_or(0));
  if (now == 0) return;
  slowest_ = slowest_ == 0 ? now : std::min(slowest_, now);
  fastest_ = std::max(fastest_, now);
}

std::vector<std::string> HostWatch::warnings() const {
  std::vector<std::string> found;
  if (const std::string clock = clock_of(root_); clock != clock_)
    found.push_back("the host's clock source changed from " + clock_ + " to " + clock + ": its clock is not stable");
  if (static_cast<double>(fastest_ - slowest_) > kMostMovement * static_cast<double>(fastest_))
    found.push_back(fmt::format("the CPUs' frequency moved from {:.1f} to {:.1f} GHz: set the governor to performance",
                                static_cast<double>(slowest_) / 1e6, static_cast<double>(fastest_) / 1e6));
  if (std::strtod(load_.c_str(), nullptr) > kMostLoad)
    found.push_back("other processes were busy when it began: load average " + load_);
  return found;
}

}  // namespace vireo::compare
