#include "vmm/compare/agent/window.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace vireo::agent {
namespace {

// Of the CPUs that it may use, the last: the first has most of a machine's other work.
void keep_to_one_cpu() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) < 0) return;
  int last = CPU_SETSIZE - 1;
  while (last > 0 && !CPU_ISSET(last, &allowed)) --last;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(last, &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

// A host's user may be refused some of it: the measure is then a little less even, not wrong.
void keep_still() {
  keep_to_one_cpu();
  ::mlockall(MCL_CURRENT);
  ::prctl(PR_SET_TIMERSLACK, 1);
}

uint64_t nanoseconds(const timeval& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_usec) * 1'000;
}

rusage usage() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);  // with the kernel's threads for it
  return used;
}

}  // namespace

Window::Window(const Order& order, std::unique_ptr<Work> work)
    : work_(std::move(work)), marks_(order.marked), loop_(work_->loop(order)) {
  keep_still();
  own_ = work_->own_cost(order);
  warm_up(order);
}

void Window::warm_up(Order order) {
  if (order.warm_up == 0) return;
  order.operations = order.warm_up;
  order.nanoseconds = 0;
  order.rate = 0;
  const std::unique_ptr<Loop> loop = work_->loop(order);
  loop->run();
  loop->conclude();
}

void Window::run() {
  const rusage before = usage();
  marks_.begin();
  loop_->run();
  marks_.end();
  const rusage after = usage();
  user_ = nanoseconds(after.ru_utime) - nanoseconds(before.ru_utime);
  system_ = nanoseconds(after.ru_stime) - nanoseconds(before.ru_stime);
}

Counts Window::counts() const {
  Counts counts = loop_->counts();
  counts.user += user_;
  counts.system += system_;
  counts.poll_queue = work_->polls_device() ? 1 : 0;
  counts.own = own_;
  return counts;
}

}  // namespace vireo::agent
