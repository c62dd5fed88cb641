#pragma once

#include <sys/types.h>

#include <string>

#include "vmm/compare/agent/protocol.h"
#include "vmm/compare/cpu_time.h"
#include "vmm/compare/result.h"
#include "vmm/compare/trace_reader.h"

namespace vireo::compare {

// Counts what one window of an agent makes KVM, the host's kernel and its VMM do, by a tracing instance of its own:
// nobody else's tracing is touched, and no exit is added. Where the host does not let us, events() says why.
// Source: Documentation/trace/ftrace.rst, "Instances".
class EventCounter {
 public:
  // `process`: the VMM's.
  explicit EventCounter(pid_t process, std::string tracing = "/sys/kernel/tracing");
  ~EventCounter();
  EventCounter(const EventCounter&) = delete;
  EventCounter& operator=(const EventCounter&) = delete;

  // The window has begun; and has ended.
  void edge();
  // What was counted, and in how many operations. `counts`: what the agent itself says.
  Events events(const agent::Counts& counts, uint64_t operations);

 private:
  void open();
  void enable(const std::string& event, const std::string& filter) const;
  bool lost_some() const;
  uint64_t cost_of_an_event() const;
  void set_polling_apart(Events& events) const;

  std::string tracing_;
  CpuTimes times_;
  TracedThreads threads_;
  uint64_t polled_ = 0;   // nanoseconds
  std::string instance_;  // empty: there is none
  std::string missing_;
  unsigned edges_ = 0;
};

}  // namespace vireo::compare
