#include "vmm/compare/event_counter.h"

#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "vfio/host/sysfs_reader.h"
#include "vmm/base/bits.h"
#include "vmm/base/fd.h"

namespace vireo::compare {
namespace {

constexpr size_t kBuffers = size_t{128} * 1024;  // KiB, of all CPUs
constexpr size_t kLargestTrace = 256 * base::kMiB;

std::string one_of(const std::set<pid_t>& threads) {
  std::string filter;
  for (const pid_t thread : threads)
    filter += (filter.empty() ? "common_pid==" : "||common_pid==") + std::to_string(thread);
  return filter;
}

TracedThreads threads_of(pid_t process) {
  TracedThreads threads;
  const std::string tasks = "/proc/" + std::to_string(process) + "/task";
  for (const std::string& task : host::list_folder(tasks)) {
    const auto id = static_cast<pid_t>(host::parse_number(task).value_or(0));
    const bool is_cpu = is_vcpu_thread(base::read_text_or_empty(fmt::format("{}/{}/comm", tasks, task)));
    (is_cpu ? threads.cpus : threads.vmm).insert(id);
  }
  return threads;
}

}  // namespace

EventCounter::EventCounter(pid_t process, std::string tracing)
    : tracing_(std::move(tracing)), times_(process), threads_(threads_of(process)) {
  try {
    open();
  } catch (const base::Error& error) {
    missing_ = std::string("the host's tracing is not to be had: ") + error.what();
  }
}

EventCounter::~EventCounter() {
  if (!instance_.empty()) ::rmdir(instance_.c_str());
}

void EventCounter::open() {
  const std::string instance = tracing_ + "/instances/vireo-" + std::to_string(::getpid());
  if (::mkdir(instance.c_str(), 0700) != 0) throw base::SystemError(base::ExitCode::kHost, "mkdir " + instance, errno);
  instance_ = instance;
  const auto cpus = static_cast<size_t>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L));
  base::write_text(instance_ + "/tracing_on", "0");
  base::write_text(instance_ + "/trace_clock", "mono");
  base::write_text(instance_ + "/buffer_size_kb", std::to_string(std::max<size_t>(kBuffers / cpus, 4096)));
  threads_.cost = cost_of_an_event();
  const std::string cpu_threads = one_of(threads_.cpus);
  std::set<pid_t> all = threads_.vmm;
  all.insert(threads_.cpus.begin(), threads_.cpus.end());
  for (const char* event : {"kvm_exit", "kvm_entry", "kvm_userspace_exit"})
    enable(std::string("kvm/") + event, cpu_threads);
  enable("kvm/kvm_cpuid", "function==0x4fff1233&&(" + cpu_threads + ")");
  enable("kvm/kvm_hypercall", "nr==0x5e6&&(" + cpu_threads + ")");
  enable("kvm/kvm_msi_set_irq", "");  // comes from whatever an interrupt meets
  enable("raw_syscalls/sys_enter", one_of(all));
  enable("sched/sched_switch", "");
  base::write_text(instance_ + "/tracing_on", "1");
}

void EventCounter::enable(const std::string& event, const std::string& filter) const {
  const std::string folder = instance_ + "/events/" + event;
  if (!filter.empty()) base::write_text(folder + "/filter", filter);
  base::write_text(folder + "/enable", "1");
}

// What recording takes, by system calls of our own that do nothing, with and without.
uint64_t EventCounter::cost_of_an_event() const {
  constexpr int kCalls = 2000;
  const auto time_calls = [] {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kCalls; ++i) ::syscall(SYS_getppid);
    return static_cast<uint64_t>((std::chrono::steady_clock::now() - begin).count());
  };
  const std::string folder = instance_ + "/events/raw_syscalls/sys_enter";
  base::write_text(folder + "/filter", "common_pid==1");
  base::write_text(folder + "/enable", "1");
  const uint64_t without = time_calls();
  base::write_text(folder + "/filter", "common_pid==" + std::to_string(::getpid()));
  base::write_text(instance_ + "/tracing_on", "1");
  const uint64_t with = time_calls();
  base::write_text(instance_ + "/tracing_on", "0");
  base::write_text(folder + "/enable", "0");
  base::write_text(instance_ + "/trace", "");
  return (with - std::min(with, without)) / kCalls;
}

void EventCounter::edge() {
  if (++edges_ == 2 && !instance_.empty()) base::write_text(instance_ + "/tracing_on", "0");
  polled_ = times_.now().polling - polled_;
}

bool EventCounter::lost_some() const {
  for (const std::string& cpu : host::list_folder(instance_ + "/per_cpu")) {
    const std::string stats = base::read_text_or_empty(fmt::format("{}/per_cpu/{}/stats", instance_, cpu));
    if (stats.find("overrun: 0\n") == std::string::npos) return true;
  }
  return false;
}

// To wait for an interrupt costs nobody anything: the trace has it as KVM's.
void EventCounter::set_polling_apart(Events& events) const {
  const auto kvm = events.cpu.find("KVM");
  if (kvm == events.cpu.end() || polled_ == 0) return;
  const uint64_t polling = std::min(polled_, kvm->second);
  kvm->second -= polling;
  events.cpu["polling"] = polling;
}

Events EventCounter::events(const agent::Counts& counts, uint64_t operations) {
  Events events{.missing = missing_};
  if (missing_.empty()) {
    events = read_trace(host::read_bytes(instance_ + "/trace", kLargestTrace), threads_);
    if (events.missing.empty() && lost_some()) events.missing = "the trace was too long: take a shorter window";
    set_polling_apart(events);
    uint64_t sent = 0;
    for (const auto& [way, count] : events.interrupts) sent += count;
    // What the guest has counted and nobody sent has come past the host's kernel.
    if (events.missing.empty() && counts.interrupts > sent) events.interrupts["posted"] = counts.interrupts - sent;
  }
  events.operations = operations;
  if (events.elapsed == 0) events.elapsed = counts.elapsed;
  return events;
}

}  // namespace vireo::compare
