#pragma once

#include <memory>
#include <optional>

#include "vmm/compare/agent/fio.h"
#include "vmm/compare/agent/link.h"
#include "vmm/compare/agent/work.h"

namespace vireo::agent {

// Does what it is ordered to, one order after the other, and says what came of it (protocol.h).
class Agent {
 public:
  // `guest`: the machine is a guest, and its own. Lifetime: of the link, longer than this.
  Agent(Link& link, bool guest) : link_(link), guest_(guest) {}

  // Until it is told to quit, or nobody is left to tell it.
  void serve();

 private:
  void obey(const std::string& line);
  template <typename Find>
  void reach(Find find);
  void use_fio(const std::string& text);
  void echo(const std::string& text);
  void measure(const std::string& text);

  Link& link_;
  bool guest_;
  std::optional<Fio> fio_;  // that does the I/O of disks; nothing: the agent itself
  std::unique_ptr<Target> target_;
};

}  // namespace vireo::agent
