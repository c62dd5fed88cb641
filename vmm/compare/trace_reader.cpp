#include "vmm/compare/trace_reader.h"

#include <asm/unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace vireo::compare {
namespace {

constexpr std::string_view kBegin = "func 4fff1233 ";
constexpr std::string_view kEnd = "nr 0x5e6 ";

// linux/kvm.h: KVM_RUN, KVM_SIGNAL_MSI and KVM_IRQ_LINE, as a trace prints ioctl(2)'s second argument.
constexpr std::string_view kRun = "ae80";
constexpr std::array<std::string_view, 2> kUserInterrupts{"4020aea5", "4008ae61"};

// Those that a VMM's threads use; others go by their numbers.
constexpr std::array<std::pair<unsigned, const char*>, 16> kCalls{{{__NR_read, "read"},
                                                                   {__NR_write, "write"},
                                                                   {__NR_ioctl, "ioctl"},
                                                                   {__NR_pread64, "pread64"},
                                                                   {__NR_pwrite64, "pwrite64"},
                                                                   {__NR_readv, "readv"},
                                                                   {__NR_writev, "writev"},
                                                                   {__NR_poll, "poll"},
                                                                   {__NR_ppoll, "ppoll"},
                                                                   {__NR_futex, "futex"},
                                                                   {__NR_epoll_wait, "epoll_wait"},
                                                                   {__NR_epoll_pwait, "epoll_pwait"},
                                                                   {__NR_preadv, "preadv"},
                                                                   {__NR_pwritev, "pwritev"},
                                                                   {__NR_io_uring_enter, "io_uring_enter"},
                                                                   {__NR_rt_sigreturn, "rt_sigreturn"}}};

std::string call_name(unsigned number) {
  const auto* const found = std::ranges::find(kCalls, number, &std::pair<unsigned, const char*>::first);
  return found == kCalls.end() ? "system call " + std::to_string(number) : found->second;
}

// What follows `key` up to a blank, a comma or the end; empty where the key is not.
std::string_view value_of(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  return text.substr(0, text.find_first_of(" ,"));
}

template <typename Number>
Number number_of(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "        vcpu0-812     [000] d..1.  62.041337: kvm_exit: vcpu 0 reason npf rip 0x..."
struct Line {
  pid_t thread = 0;
  unsigned cpu = 0;
  uint64_t time = 0;  // nanoseconds
  std::string_view event;
  std::string_view details;
};

std::optional<Line> parse_line(std::string_view text) {
  const size_t bracket = text.find(" [");
  if (text.starts_with("#") || bracket == std::string_view::npos) return std::nullopt;
  const std::string_view task = text.substr(0, text.find_last_not_of(' ', bracket) + 1);
  const size_t time_end = text.find(": ", bracket);
  if (time_end == std::string_view::npos) return std::nullopt;
  const size_t time_begin = text.find_last_of(' ', time_end) + 1;
  const std::string_view time = text.substr(time_begin, time_end - time_begin);
  const size_t event_end = text.find(':', time_end + 2);
  const size_t point = time.find('.');
  if (event_end == std::string_view::npos || point == std::string_view::npos) return std::nullopt;
  return Line{.thread = number_of<pid_t>(task.substr(task.rfind('-') + 1)),
              .cpu = number_of<unsigned>(text.substr(bracket + 2)),
              .time = number_of<uint64_t>(time) * 1'000'000'000 + number_of<uint64_t>(time.substr(point + 1)) * 1'000,
              .event = text.substr(time_end + 2, event_end - time_end - 2),
              .details = text.substr(std::min(event_end + 2, text.size()))};
}

class TraceReader {
 public:
  explicit TraceReader(const TracedThreads& threads) : threads_(threads) {}

  void read(const Line& line) {
    if (line.event == "kvm_cpuid" && line.details.starts_with(kBegin)) return begin(line);
    if (!open_) return;
    if (line.event == "kvm_hypercall" && line.details.starts_with(kEnd)) return end(line);
    spend(line);
    if (line.event == "sched_switch") return switch_to(line);
    if (line.event == "kvm_entry") return enter(line);
    if (line.event == "kvm_exit") return exit(line);
    count(line);
  }

  Events events() {
    if (!whole_) events_ = {.missing = "the agent's marks are not in the trace"};
    return std::move(events_);
  }

 private:
  // What one of the host's CPUs does.
  struct Cpu {
    pid_t thread = 0;
    bool known = false;
    bool in_guest = false;
    uint64_t since = 0;
  };
  struct Spent {
    uint64_t time = 0;
    uint64_t events = 0;  // that were recorded in it
  };

  void begin(const Line& line) {
    open_ = true;
    begin_ = line.time;
    events_ = {};
    cpu_.clear();
    exit_time_.clear();
    messages_ = 0;
    cpus_.clear();
    cpus_[line.cpu] = {.thread = line.thread, .known = true, .since = line.time};
  }
  void end(const Line& line) {
    spend(line);
    open_ = false;
    whole_ = true;
    events_.elapsed = line.time - begin_;
    for (const auto& [part, spent] : cpu_) events_.cpu[part] = without_recording(spent);
    for (const auto& [reason, spent] : exit_time_) events_.exit_time[reason] = without_recording(spent);
    // A message that user space sends is traced as an irqfd's is.
    uint64_t& sent = events_.interrupts["user space"];
    sent = std::min(sent, messages_);
    events_.interrupts["irqfd"] = messages_ - sent;
  }

  // Of the sum: a trace's times are in microseconds, of which a single event takes less or more.
  uint64_t without_recording(const Spent& spent) const {
    return spent.time - std::min(spent.time, spent.events * threads_.cost);
  }

  const char* part_of(const Cpu& cpu) const {
    if (cpu.thread == 0) return "idle";
    if (threads_.cpus.contains(cpu.thread)) return cpu.in_guest ? "guest" : "KVM";
    return threads_.vmm.contains(cpu.thread) ? "vireo" : "host";
  }
  // The time up to this event belongs to what the CPU did before, but for what it took to record it.
  void spend(const Line& line) {
    Cpu& cpu = cpus_[line.cpu];
    if (!cpu.known) cpu = {.thread = line.thread, .known = true, .since = begin_};
    Spent& spent = cpu_[part_of(cpu)];
    spent.time += line.time - cpu.since;
    ++spent.events;
    cpu.since = line.time;
  }

  void switch_to(const Line& line) {
    Cpu& cpu = cpus_[line.cpu];
    cpu.thread = number_of<pid_t>(value_of(line.details, "next_pid="));
    cpu.in_guest = false;
  }
  void enter(const Line& line) {
    cpus_[line.cpu].in_guest = true;
    if (const auto left = exits_.find(line.thread); left != exits_.end()) {
      Spent& spent = exit_time_[left->second.reason];
      spent.time += line.time - left->second.time;
      ++spent.events;
      exits_.erase(left);
    }
  }
  void exit(const Line& line) {
    cpus_[line.cpu].in_guest = false;
    const std::string reason(value_of(line.details, "reason "));
    ++events_.exits[reason];
    exits_[line.thread] = {reason, line.time};
  }

  void count(const Line& line) {
    if (line.event == "kvm_userspace_exit") {
      ++events_.user_exits[std::string(value_of(line.details, "reason "))];
    } else if (line.event == "kvm_msi_set_irq") {
      ++messages_;
    } else if (line.event == "sys_enter") {
      count_call(line);
    }
  }
  // "NR 16 (d, ae80, 0, ...)"
  void count_call(const Line& line) {
    const auto number = number_of<unsigned>(value_of(line.details, "NR "));
    const std::string_view request = value_of(line.details, ", ");
    if (number == __NR_ioctl && request == kRun) return;
    ++events_.calls[call_name(number)];
    if (number == __NR_ioctl && std::ranges::find(kUserInterrupts, request) != kUserInterrupts.end())
      ++events_.interrupts["user space"];
  }

  struct Exit {
    std::string reason;
    uint64_t time = 0;
  };

  const TracedThreads& threads_;
  bool open_ = false;
  bool whole_ = false;
  uint64_t begin_ = 0;
  uint64_t messages_ = 0;  // of message-signalled interrupts
  std::map<unsigned, Cpu> cpus_;
  std::map<pid_t, Exit> exits_;
  std::map<std::string, Spent> cpu_;
  std::map<std::string, Spent> exit_time_;
  Events events_;
};

}  // namespace

Events read_trace(std::string_view text, const TracedThreads& threads) {
  TraceReader reader(threads);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (const auto parsed = parse_line(line)) reader.read(*parsed);
  }
  return reader.events();
}

}  // namespace vireo::compare
