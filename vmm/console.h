#pragma once

#include <termios.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "vmm/base/fd.h"
#include "vmm/config/config.h"
#include "vmm/platform/event_loop.h"

namespace vireo {

// The guest's serial console on the host: stdin and stdout, a file, or nothing. On a terminal it is raw, so that
// control keys reach the guest: Ctrl-A x quits, Ctrl-A Ctrl-A sends one Ctrl-A. The terminal is restored on every way
// out, crashes of vireo included (SIGKILL cannot be caught).
class Console {
 public:
  // Errors: SystemError (kConfig) when the file cannot be written.
  Console(const config::ConsoleConfig& config, platform::EventLoop& loop, std::function<void()> quit);
  ~Console();

  // Where input goes: takes bytes, returns how many. An empty function: nobody listens (input waits).
  // Thread: the loop's.
  void connect(std::function<size_t(std::span<const uint8_t>)> receiver);
  // The receiver has room again. Thread: any.
  void input_wanted() noexcept { resume_.signal(); }

  // Show what the guest sent: a write(2) a line, or when the guest pauses. Thread: any.
  // A reader that does not read holds the guest up, as a slow line would, until interrupt(true).
  void transmit(std::span<const uint8_t> data) noexcept;
  // Whether transmit() gives up instead of waiting: while the CPUs are stopped. Thread: any.
  void interrupt(bool on) noexcept { interrupted_ = on; }

 private:
  void set_raw();
  void start_input();
  void stop_input() noexcept;
  void read_input();
  void offer();
  void filter(std::span<const uint8_t> data);
  enum class Wait { kNot, kBriefly, kUntilInterrupted };
  void flush(Wait wait) noexcept;
  void arm_flush(bool armed) noexcept;

  platform::EventLoop& loop_;
  std::function<void()> quit_;
  std::function<size_t(std::span<const uint8_t>)> receiver_;
  base::EventFd resume_;
  base::Fd flush_timer_;
  base::Fd file_;
  int input_ = -1;
  int output_ = -1;
  bool raw_ = false;
  bool watching_ = false;
  bool regular_input_ = false;
  bool escaped_ = false;
  std::vector<uint8_t> pending_input_;
  std::mutex mutex_;
  std::vector<uint8_t> pending_output_;
  bool flush_armed_ = false;
  std::atomic<bool> interrupted_ = false;
};

}  // namespace vireo
