#pragma once

#include <cpuid.h>

namespace vireo::agent {

// The window's beginning and end, for who counts from outside: an emulator's plugin sees the two exchanges of a
// register with itself, which no compiler makes; a host's tracing sees the CPUID and the hypercall, which only a guest
// may make. Source: tests/bench/count_instructions.cpp, tests/bench/guest.h.
class Marks {
 public:
  explicit Marks(bool traced);

  void begin() const noexcept {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (traced_) __cpuid(kBeginLeaf, a, b, c, d);
    asm volatile(".byte 0x66, 0x87, 0xdb" ::: "memory");  // xchg %bx, %bx
  }
  // KVM traces the call before it refuses it to user mode.
  void end() const noexcept {
    asm volatile(".byte 0x66, 0x87, 0xc9" ::: "memory");  // xchg %cx, %cx
    unsigned long result = kEndCall;
    if (traced_ && amd_) asm volatile("vmmcall" : "+a"(result)::"memory");
    if (traced_ && !amd_) asm volatile("vmcall" : "+a"(result)::"memory");
  }

 private:
  static constexpr unsigned kBeginLeaf = 0x4fff1233;
  static constexpr unsigned long kEndCall = 0x5e6;

  bool traced_;
  bool amd_;
};

}  // namespace vireo::agent
