#pragma once

#include <memory>
#include <optional>

#include "vmm/compare/agent/fio.h"
#include "vmm/compare/agent/link.h"
#include "vmm/compare/agent/work.h"

namespace vireo::agent {

// Where it runs: as the only process of a guest that is its own, in a user's guest beside everything else, or on a
// host.
enum class Place { kOwnGuest, kUsersGuest, kHost };

// Does what it is ordered to, one order after the other, and says what came of it (protocol.h).
class Agent {
 public:
  // Lifetime: of the link, longer than this.
  Agent(Link& link, Place place) : link_(link), place_(place) {}

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
  Place place_;
  std::optional<Fio> fio_;  // that does the I/O of disks; nothing: the agent itself
  std::unique_ptr<Target> target_;
};

}  // namespace vireo::agent
