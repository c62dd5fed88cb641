#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vmm/compare/agent_link.h"
#include "vmm/compare/medium.h"
#include "vmm/compare/result.h"

namespace vireo::compare {

// A path's agent, from its start to its end: what is measured, whoever it is.
// Errors of all: ChildFailure: the path is lost; Stopped.
class Session {
 public:
  virtual ~Session() = default;

  // Come up, until the medium can be measured; return what the agent sees of it. May follow stop().
  virtual agent::Medium start() = 0;
  virtual Window measure(const agent::Order& order) = 0;
  // The same work once more, counted. Nothing: there is nothing to count, no guest.
  virtual std::optional<Events> count(const agent::Order& order) = 0;
  // The same work, polled: nobody is woken. Nothing: a guest's path, where that says nothing of the medium.
  virtual std::optional<Polled> poll(const agent::Order&) { return std::nullopt; }
  // Give back what it has, as far as that can be done.
  virtual void stop() noexcept = 0;
};

// How a path comes up.
struct SessionSettings {
  ChildSettings child;                                 // that is, or has, the agent
  std::string words;                                   // these two: of the path's Route
  std::function<std::unique_ptr<HostPart>()> provide;  //
  std::string fio;                                     // the order that has fio do the I/O; empty: the agent does
  unsigned extra_exits = 0;                            // of each operation, for tests
  unsigned extra_instructions = 0;                     // the same
  bool is_guest = false;                               // the child is a VMM, and the agent in its guest
  unsigned time_limit = 120;                           // seconds to come up; and for a window, besides its own time
};

std::unique_ptr<Session> make_session(SessionSettings settings, const StopSignal& stop);

}  // namespace vireo::compare
