#include "vmm/compare/cpu_time.h"

#include <unistd.h>

#include <sstream>

#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::compare {
namespace {

// "cpu  user nice system idle iowait irq softirq steal guest guest_nice", in ticks; guests are in user and nice too.
uint64_t busy_ticks(const std::string& text) {
  std::istringstream stream(text.substr(0, text.find('\n')));
  std::string name;
  uint64_t user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0;
  stream >> name >> user >> nice >> system >> idle >> wait >> irq >> softirq;
  return user + nice + system + irq + softirq;
}

uint64_t run_time(const std::string& schedstat) {
  return host::parse_number(schedstat.substr(0, schedstat.find(' '))).value_or(0);
}

}  // namespace

CpuTimes::Moment CpuTimes::now() const {
  Moment moment;
  const std::string tasks = proc_ + "/" + std::to_string(process_) + "/task";
  for (const std::string& task : host::list_folder(tasks))
    moment.process += run_time(base::read_text_or_empty(tasks + "/" + task + "/schedstat"));
  static const uint64_t kTick = 1'000'000'000 / static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
  moment.host = busy_ticks(base::read_text_or_empty(proc_ + "/stat")) * kTick;
  return moment;
}

}  // namespace vireo::compare
