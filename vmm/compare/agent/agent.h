#pragma once

#include <optional>

#include "vmm/compare/agent/disk.h"
#include "vmm/compare/agent/link.h"

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
  void find_disk(const std::string& path);
  void measure(const std::string& text);

  Link& link_;
  bool guest_;
  std::optional<Disk> disk_;
};

}  // namespace vireo::agent
