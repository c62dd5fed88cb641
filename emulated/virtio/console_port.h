#pragma once

#include <functional>
#include <mutex>
#include <span>
#include <string>

#include "vmm/platform/event_loop.h"

namespace vireo::emulated {

// Exactly one of the ways out is set.
struct ConsolePortSettings {
  std::string name;    // empty: a console
  std::string socket;  // a Unix socket to listen on, for one client at a time
  std::string file;    // output is added to it
};

// The host's side of a console's port. Thread: any; the callbacks come on the loop's.
class ConsolePort {
 public:
  struct Callbacks {
    std::function<void()> connected;  // by a client
    std::function<void()> ready;      // for what was wanted
  };
  // Lifetime: the loop outlives this. Errors: base::Error (kHost): it cannot be listened there, or written.
  ConsolePort(ConsolePortSettings settings, platform::EventLoop& loop, Callbacks callbacks);
  ~ConsolePort();
  ConsolePort(const ConsolePort&) = delete;
  ConsolePort& operator=(const ConsolePort&) = delete;

  // Throw what the constructor would, as far as can be seen without changing anything.
  static void check(const ConsolePortSettings& settings);

  const std::string& name() const { return settings_.name; }
  bool connected() const noexcept;
  // Take input; return how much, 0 when there is none, less when the client has just gone.
  ssize_t read(std::span<uint8_t> room) noexcept;
  // Give output; return how much of it was taken: all of it where nobody is connected.
  size_t write(std::span<const uint8_t> data) noexcept;
  // Call ready() when there is input, or room for output.
  void want_input(bool wanted) noexcept;
  void want_room(bool wanted) noexcept;

 private:
  void listen();
  void accept() noexcept;
  void drop_client() noexcept;
  void watch_client() noexcept;

  ConsolePortSettings settings_;
  platform::EventLoop& loop_;
  Callbacks callbacks_;
  base::Fd listener_;
  mutable std::mutex mutex_;  // of all below
  base::Fd other_side_;       // the client, or the file
  bool wants_input_ = false;
  bool wants_room_ = false;
  bool watched_ = false;
};

}  // namespace vireo::emulated
