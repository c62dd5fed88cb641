#pragma once

#include <functional>
#include <string>
#include <vector>

#include "vmm/base/fd.h"
#include "vmm/platform/event_loop.h"

namespace vireo {

// Where the running guests of this user answer questions: a socket each, in /run/vireo/guests (root) or
// $XDG_RUNTIME_DIR/vireo. Empty: this user has no such folder.
std::string control_folder();

// A running guest's side: whoever connects gets what `describe` returns, one JSON text, and the end of the stream.
// Only the user who started the guest can connect. Where the socket cannot be made the guest runs without (a warning).
class ControlSocket {
 public:
  ControlSocket(std::string guest, platform::EventLoop& loop, std::string folder = control_folder());
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  // From now on `describe` answers; an empty function: nobody does (who connects waits). Thread: the loop's.
  void serve(std::function<std::string()> describe);

 private:
  void open();
  void answer();

  std::string guest_;
  platform::EventLoop& loop_;
  std::string folder_;
  std::string path_;
  base::Fd listener_;
  std::function<std::string()> describe_;
};

// The other side.
struct RunningGuest {
  std::string name;
  std::string state;  // the JSON text
};
// Ask all guests that run, sorted by name. Sockets that killed guests left are taken away.
std::vector<RunningGuest> running_guests(const std::string& folder);

}  // namespace vireo
