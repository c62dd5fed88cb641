#pragma once
// What a benchmark's programs in the guest share: each is its guest's /init, whose kernel command line says what to do.
// Marks the moments that the host's tracing is gated by. Under icount a nanosecond is an instruction (README.md).
#include <cpuid.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

// The program's entry, before the C library's own start: init is reached.
asm(R"(
  .globl bench_start
bench_start:
  mov $0x5e5, %eax
  vmmcall
  jmp _start
)");

constexpr unsigned kStartLeaf = 0x4fff1233;
constexpr unsigned long kStopCall = 0x5e6;  // after the window; bench_start calls 0x5e5

// The last instruction of one and the first of the other do nothing, but for count_instructions.cpp.
inline void mark_start() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  __cpuid(kStartLeaf, a, b, c, d);
  asm volatile(".byte 0x66, 0x87, 0xdb");  // xchg %bx, %bx
}

// KVM traces the call before it refuses it to user mode.
inline void mark_stop() {
  asm volatile(".byte 0x66, 0x87, 0xc9");  // xchg %cx, %cx
  unsigned long result = kStopCall;
  asm volatile("vmmcall" : "+a"(result)::"memory");
}

[[noreturn]] inline void power_off() {
  ::sync();
  ::reboot(RB_POWER_OFF);
  for (;;) ::pause();
}

[[noreturn]] inline void fail(const char* what) {
  std::printf("bench: failed: %s: %s\n", what, std::strerror(errno));
  power_off();
}

inline std::string read_text(const char* path) {
  char text[4096];
  const int fd = ::open(path, O_RDONLY);
  const ssize_t length = fd < 0 ? 0 : ::read(fd, text, sizeof text);
  if (fd >= 0) ::close(fd);
  return {text, static_cast<size_t>(std::max<ssize_t>(length, 0))};
}

inline bool has(const std::string& command_line, const char* what) {
  return command_line.find(what) != std::string::npos;
}

inline void load_modules(const std::string& command_line) {
  const std::string order = read_text("/modules/order");
  for (size_t at = 0; at < order.size();) {
    const size_t end = order.find('\n', at);
    const std::string name = order.substr(at, end - at);
    const bool polls = name == "nvme.ko" && has(command_line, "bench=poll");
    const int fd = ::open(("/modules/" + name).c_str(), O_RDONLY);
    if (::syscall(SYS_finit_module, fd, polls ? "poll_queues=1" : "", 0) != 0) fail(name.c_str());
    ::close(fd);
    at = end + 1;
  }
}

inline long nanoseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// What every one of them needs; return the kernel's command line.
inline std::string set_up() {
  for (const char* folder : {"/proc", "/dev", "/sys"}) ::mkdir(folder, 0755);
  ::mount("proc", "/proc", "proc", 0, nullptr);
  const std::string command_line = read_text("/proc/cmdline");
  if (has(command_line, "bench=boot") || has(command_line, "bench=root")) {
    std::printf("bench: kernel %ld\n", nanoseconds());
    power_off();
  }
  ::mount("dev", "/dev", "devtmpfs", 0, nullptr);
  ::mount("sys", "/sys", "sysfs", 0, nullptr);
  load_modules(command_line);
  return command_line;
}

// The window's result. Units: `what` was done `count` times; nanoseconds each time.
inline void report(const char* what, int count, std::vector<long>& took) {
  std::sort(took.begin(), took.end());
  std::printf("bench: %s %d median %ld\n", what, count, took[took.size() / 2]);
  std::fflush(stdout);
}
