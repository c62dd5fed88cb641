// The program that measures a path: the first process of the guests that `vireo compare` makes, and on the host and in
// a user's own guest an ordinary one. What it is told to do and what it says is in protocol.h.
#include <unistd.h>

#include "vmm/base/error.h"
#include "vmm/compare/agent/agent.h"
#include "vmm/compare/agent/init.h"

namespace {

using namespace vireo;
using namespace vireo::agent;

Place place_of(int words) {
  // A kernel gives its first process words of its own command line.
  if (::getpid() == 1) return Place::kOwnGuest;
  return words > 1 ? Place::kUsersGuest : Place::kHost;
}

void be_ready(Link& link, Place place, const char* terminal) {
  try {
    if (place == Place::kOwnGuest) set_up_guest();
    if (place == Place::kOwnGuest) load_modules();
    if (place == Place::kUsersGuest) talk_by(terminal);
    link.say("ready");
  } catch (const base::Error& error) {
    link.say("failed", error.what());
  }
}

}  // namespace

// The agent's one word, in a guest that is not its own: the terminal by which it talks.
int main(int count, char** words) {
  const Place place = place_of(count);
  Link link(STDIN_FILENO, STDOUT_FILENO);
  be_ready(link, place, words[1]);
  Agent(link, place).serve();
  if (place == Place::kOwnGuest) power_off();
}
