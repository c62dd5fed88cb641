#pragma once

#include <sys/types.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "vmm/base/fd.h"
#include "vmm/compare/stop_signal.h"

namespace vireo::compare {

using Deadline = std::chrono::steady_clock::time_point;
inline Deadline in_seconds(unsigned seconds) {
  return std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
}

// The user wants an end.
class Stopped : public std::exception {};

// What a child did not do: the reason, for people.
class ChildFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ChildSettings {
  std::vector<std::string> command;
  std::string log;           // where its standard error goes
  bool own_network = false;  // it is alone in a network namespace
};

// A program that we talk to by lines over its standard input and output; its standard error goes to a file. It gets
// SIGTERM when we die, and none of the terminal's signals: how it ends is for us to say.
class Child {
 public:
  // Errors: base::SystemError (kHost).
  Child(const ChildSettings& settings, const StopSignal& stop);
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  // Errors: ChildFailure: it has ended.
  void send(const std::string& line);
  // Return its next line, without its end.
  // Errors: ChildFailure: it has ended, or nothing came in time; Stopped.
  std::string read_line(Deadline deadline);
  // End it: by SIGTERM, and by SIGKILL where it has not ended after half a minute. Return whether that was needed.
  bool end() noexcept;
  // Wait for its end; return its status as waitpid(2) has it. Errors: ChildFailure: it goes on; Stopped.
  int wait(Deadline deadline);

 private:
  bool await(int fd, Deadline deadline);
  [[noreturn]] void fail_at_end();
  std::string last_words() const;
  bool reap(bool block) noexcept;

  std::string log_;
  const StopSignal& stop_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool reaped_ = false;
  base::Fd process_;  // pidfd
  base::Fd input_;
  base::Fd output_;
  std::string pending_;
};

}  // namespace vireo::compare
