#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "vmm/compare/agent/lines.h"

namespace vireo::agent {

// vireo's orders, and what is said back: a guest's serial console, or a pair of pipes.
class Link {
 public:
  // Lifetime: of both files, longer than this.
  Link(int in, int out) : in_(in), out_(out) {}

  // Can be read when an order may be there.
  int file() const { return in_; }
  // Return the next order; nothing, once there are no more.
  std::optional<std::string> read();
  // Say one line, and return when it is on its way: a console goes on to send it, and to interrupt, after a write.
  void say(std::string_view word, std::string_view text = {});
  // The same, in as many lines as it takes.
  void say_in_parts(std::string_view word, std::string_view text);

 private:
  int in_;
  int out_;
  Lines lines_;
};

}  // namespace vireo::agent
