#include "vmm/compare/cpu_time.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::compare {
namespace {

// Of each CPU's line, "cpu0 0 0 0 0 0 0 RAN WAITED SLICES", how long its tasks have run; nothing where there is none.
std::optional<uint64_t> ran(const std::string& schedstat) {
  std::istringstream stream(schedstat);
  std::optional<uint64_t> sum;
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with("cpu")) continue;
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 8; ++i) words >> word;
    sum = sum.value_or(0) + host::parse_number(word).value_or(0);
  }
  return sum;
}

uint64_t run_time(const std::string& schedstat) {
  return host::parse_number(schedstat.substr(0, schedstat.find(' '))).value_or(0);
}

}  // namespace

bool is_vcpu_thread(const std::string& name) {
  return name.starts_with("vcpu");
}

CpuTimes::Moment CpuTimes::now() const {
  Moment moment;
  const std::string tasks = proc_ + "/" + std::to_string(process_) + "/task";
  for (const std::string& task : host::list_folder(tasks)) {
    const uint64_t time = run_time(base::read_text_or_empty(fmt::format("{}/{}/schedstat", tasks, task)));
    moment.process += time;
    if (is_vcpu_thread(base::read_text_or_empty(fmt::format("{}/{}/comm", tasks, task)))) moment.vcpus += time;
  }
  moment.polling = polling();
  moment.host = ran(base::read_text_or_empty(proc_ + "/schedstat")).value_or(0);
  return moment;
}

// KVM has a folder for each machine, named by its process and the process' file of it.
uint64_t CpuTimes::polling() const {
  uint64_t sum = 0;
  for (const std::string& machine : host::list_folder(kvm_)) {
    if (!machine.starts_with(std::to_string(process_) + "-")) continue;
    for (const char* counter : {"halt_poll_success_ns", "halt_poll_fail_ns"})
      sum += host::parse_number(base::read_text_or_empty(fmt::format("{}/{}/{}", kvm_, machine, counter))).value_or(0);
  }
  return sum;
}

CpuTimes::Moment since(const CpuTimes::Moment& begin, const CpuTimes::Moment& end) {
  const auto less = [&](uint64_t CpuTimes::Moment::*time) { return end.*time - std::min(begin.*time, end.*time); };
  return {.process = less(&CpuTimes::Moment::process),
          .vcpus = less(&CpuTimes::Moment::vcpus),
          .polling = less(&CpuTimes::Moment::polling),
          .host = less(&CpuTimes::Moment::host)};
}

}  // namespace vireo::compare
