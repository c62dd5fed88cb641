#pragma once

#include <functional>
#include <string>

#include "vmm/compare/agent/protocol.h"
#include "vmm/compare/child.h"

namespace vireo::compare {

// What an agent found in one window.
struct Answer {
  agent::Counts counts;
  agent::Histogram latency;
};

// The other end of agent/protocol.h. What else comes over a guest's console is kept for messages.
// Errors of all: ChildFailure, with what the guest said last where it says why; Stopped.
class AgentLink {
 public:
  explicit AgentLink(Child& child) : child_(child) {}

  void await_ready(Deadline deadline);
  // `words`: the order that has it reach the medium.
  agent::Medium reach(const std::string& words, Deadline deadline);
  // Have fio do the I/O. `words`: the order for that. Before reach().
  void use_fio(const std::string& words, Deadline deadline);
  // Have it send back what comes, until it is told something else.
  void echo(const std::string& words, Deadline deadline);
  // `edge` is called when the window begins and again when it has ended, before anything else is said.
  Answer run(const agent::Order& order, const std::function<void()>& edge, Deadline deadline);
  // It ends, and its guest.
  void quit(Deadline deadline);

 private:
  // Return what follows `word` in the agent's next line, which must begin so.
  std::string expect(const std::string& word, Deadline deadline);
  std::string next(Deadline deadline);
  [[noreturn]] void fail(const std::string& why) const;

  Child& child_;
  std::string last_;  // that was not the agent's
};

}  // namespace vireo::compare
