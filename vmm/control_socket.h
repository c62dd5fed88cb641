#pragma once

#include <functional>
#include <optional>
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
  // The socket is made `delay_ms` after the first serve(): a guest's start has other things to do. 0: at once.
  struct Place {
    std::optional<std::string> folder = std::nullopt;  // not said: control_folder()
    unsigned delay_ms = 100;
  };
  ControlSocket(std::string guest, platform::EventLoop& loop) : ControlSocket(std::move(guest), loop, Place()) {}
  ControlSocket(std::string guest, platform::EventLoop& loop, Place place);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  // From now on `describe` answers; an empty function: nobody does (who connects waits). Thread: the loop's.
  void serve(std::function<std::string()> describe);

 private:
  void open_later();
  void open();
  void answer();

  std::string guest_;
  platform::EventLoop& loop_;
  Place place_;
  base::Fd timer_;
  std::string path_;
  base::Fd listener_;
  std::function<std::string()> describe_;
};

// The other side.
struct RunningGuest {
  std::string name;
  std::string state;  // the JSON text; empty or cut short: it does not answer
};
// Ask all guests that run, sorted by name. Sockets that killed guests left are taken away.
std::vector<RunningGuest> running_guests(const std::string& folder);

}  // namespace vireo
