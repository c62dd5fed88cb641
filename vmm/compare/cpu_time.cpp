#include "vmm/compare/cpu_time.h"

#include <spdlog/fmt/fmt.h>

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

CpuTimes::Moment CpuTimes::now() const {
  Moment moment;
  const std::string tasks = proc_ + "/" + std::to_string(process_) + "/task";
  for (const std::string& task : host::list_folder(tasks))
    moment.process += run_time(base::read_text_or_empty(fmt::format("{}/{}/schedstat", tasks, task)));
  moment.host = ran(base::read_text_or_empty(proc_ + "/schedstat")).value_or(0);
  return moment;
}

}  // namespace vireo::compare
