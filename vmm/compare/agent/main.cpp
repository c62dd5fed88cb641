// The program that measures a disk's path: the first process of the guests that `vireo compare` makes, and on the host
// an ordinary one. What it is told to do and what it says is in protocol.h.
#include <unistd.h>

#include "vmm/base/error.h"
#include "vmm/compare/agent/agent.h"
#include "vmm/compare/agent/init.h"

namespace {

using namespace vireo;

void be_ready(agent::Link& link, bool guest) {
  try {
    if (guest) agent::set_up_guest();
    if (guest) agent::load_modules();
    link.say("ready");
  } catch (const base::Error& error) {
    link.say("failed", error.what());
  }
}

}  // namespace

int main() {
  const bool guest = ::getpid() == 1;
  agent::Link link(STDIN_FILENO, STDOUT_FILENO);
  be_ready(link, guest);
  agent::Agent(link, guest).serve();
  if (guest) agent::power_off();
}
