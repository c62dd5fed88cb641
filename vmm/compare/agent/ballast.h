#pragma once

#include <cpuid.h>

#include "vmm/compare/agent/protocol.h"

namespace vireo::agent {

// What a test has each operation cost more, for a comparison to find.
class Ballast {
 public:
  explicit Ballast(const Order& order) : exits_(order.extra_exits), turns_(order.extra_instructions / 2) {}

  bool weighs() const noexcept { return (exits_ | turns_) != 0; }
  void carry(unsigned operations) const noexcept {
    for (unsigned i = 0; i < operations; ++i) {
      for (unsigned exit = 0; exit < exits_; ++exit) leave_guest();
      if (turns_ != 0) spin(turns_);
    }
  }

 private:
  // A guest's CPUID is the host's to answer. Intel SDM 26.1.2, AMD APM 15.9.
  static void leave_guest() noexcept {
    unsigned a = 0, b = 0, c = 0, d = 0;
    __cpuid(0, a, b, c, d);
  }
  // Two instructions a turn.
  static void spin(unsigned turns) noexcept { asm volatile("1: dec %0\n jnz 1b" : "+r"(turns)::"cc"); }

  unsigned exits_;
  unsigned turns_;
};

}  // namespace vireo::agent
