// The only program of a benchmark's guest, its /init. Marks the moments that the host's tracing is gated by, and reads
// from its disk, passed through or emulated, as the kernel's command line says: bench=boot | bench=read | bench=poll |
// bench=deep.
// Under icount a nanosecond is an instruction (tests/bench/README.md).
#include <cpuid.h>
#include <fcntl.h>
#include <liburing.h>
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

namespace {

constexpr unsigned kStartLeaf = 0x4fff1233;
constexpr unsigned long kStopCall = 0x5e6;  // after the reads; bench_start calls 0x5e5
constexpr int kWarmUp = 500;
constexpr int kReads = 2048;
constexpr size_t kBlock = 4096;
constexpr int kPolledDepth = 8;
constexpr int kDeepDepth = 32;
constexpr int kBlocks = 4096;  // of the medium that are read, in an order of its own

// The last instruction of one and the first of the other do nothing, but for count_instructions.cpp.
void mark_start() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  __cpuid(kStartLeaf, a, b, c, d);
  asm volatile(".byte 0x66, 0x87, 0xdb");  // xchg %bx, %bx
}

// KVM traces the call before it refuses it to user mode.
void mark_stop() {
  asm volatile(".byte 0x66, 0x87, 0xc9");  // xchg %cx, %cx
  unsigned long result = kStopCall;
  asm volatile("vmmcall" : "+a"(result)::"memory");
}

[[noreturn]] void power_off() {
  ::sync();
  ::reboot(RB_POWER_OFF);
  for (;;) ::pause();
}

[[noreturn]] void fail(const char* what) {
  std::printf("bench: failed: %s: %s\n", what, std::strerror(errno));
  power_off();
}

std::string read_text(const char* path) {
  char text[4096];
  const int fd = ::open(path, O_RDONLY);
  const ssize_t length = fd < 0 ? 0 : ::read(fd, text, sizeof text);
  if (fd >= 0) ::close(fd);
  return {text, static_cast<size_t>(std::max<ssize_t>(length, 0))};
}

void load_modules(const std::string& command_line) {
  const std::string order = read_text("/modules/order");
  for (size_t at = 0; at < order.size();) {
    const size_t end = order.find('\n', at);
    const std::string name = order.substr(at, end - at);
    const bool polls = name == "nvme.ko" && command_line.find("bench=poll") != std::string::npos;
    const int fd = ::open(("/modules/" + name).c_str(), O_RDONLY);
    if (::syscall(SYS_finit_module, fd, polls ? "poll_queues=1" : "", 0) != 0) fail(name.c_str());
    ::close(fd);
    at = end + 1;
  }
}

// One CPU's disk has one queue, and so an I/O scheduler and a worker thread, which a disk of several queues has not.
void leave_out_scheduler(const std::string& disk) {
  const int fd = ::open(("/sys/block/" + disk + "/queue/scheduler").c_str(), O_WRONLY);
  if (fd < 0 || ::write(fd, "none", 4) < 0) fail("no scheduler");
  ::close(fd);
}

int open_disk() {
  for (int tries = 0; tries < 1000; ++tries) {
    for (const std::string disk : {"nvme0n1", "vda"}) {
      const int fd = ::open(("/dev/" + disk).c_str(), O_RDONLY | O_DIRECT);
      if (fd < 0) continue;
      leave_out_scheduler(disk);
      return fd;
    }
    ::usleep(10'000);
  }
  fail("no disk");
}

// One read at a time and an interrupt for each; or several at a time, by interrupts or polling, until all are done.
class Reader {
 public:
  Reader(int disk, int depth, bool polled) : disk_(disk), depth_(depth) {
    buffer_ = static_cast<char*>(std::aligned_alloc(kBlock, static_cast<size_t>(depth) * kBlock));
    const unsigned flags = polled ? IORING_SETUP_IOPOLL : 0;
    if (depth > 1 && ::io_uring_queue_init(static_cast<unsigned>(depth), &ring_, flags) < 0) fail("io_uring");
  }
  int depth() const { return depth_; }
  // Read depth() blocks.
  void read(int index) {
    if (depth_ > 1) return read_several(index);
    if (::pread(disk_, buffer_, kBlock, offset(index)) != static_cast<ssize_t>(kBlock)) fail("pread");
  }

 private:
  static off_t offset(int index) { return static_cast<off_t>(index * 1103 % kBlocks) * static_cast<off_t>(kBlock); }
  void read_several(int index) {
    for (int i = 0; i < depth_; ++i)
      ::io_uring_prep_read(::io_uring_get_sqe(&ring_), disk_, buffer_ + i * kBlock, kBlock, offset(index + i));
    if (::io_uring_submit_and_wait(&ring_, static_cast<unsigned>(depth_)) < 0) fail("io_uring read");
    for (int i = 0; i < depth_; ++i) {
      io_uring_cqe* done = nullptr;
      if (::io_uring_wait_cqe(&ring_, &done) < 0 || done->res != static_cast<int>(kBlock)) fail("read");
      ::io_uring_cqe_seen(&ring_, done);
    }
  }

  int disk_;
  int depth_;
  char* buffer_ = nullptr;
  io_uring ring_{};
};

long nanoseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

void measure_reads(int depth, bool polled) {
  Reader reader(open_disk(), depth, polled);
  for (int i = 0; i < kWarmUp; i += reader.depth()) reader.read(i);
  std::vector<long> took;
  took.reserve(kReads);
  mark_start();
  for (int i = 0; i < kReads; i += reader.depth()) {
    const long before = nanoseconds();
    reader.read(i);
    took.push_back((nanoseconds() - before) / reader.depth());
  }
  mark_stop();
  std::sort(took.begin(), took.end());
  std::printf("bench: reads %d median %ld\n", kReads, took[took.size() / 2]);
}

}  // namespace

int main() {
  for (const char* folder : {"/proc", "/dev", "/sys"}) ::mkdir(folder, 0755);
  ::mount("proc", "/proc", "proc", 0, nullptr);
  const std::string command_line = read_text("/proc/cmdline");
  if (command_line.find("bench=boot") != std::string::npos) {
    std::printf("bench: kernel %ld\n", nanoseconds());
    power_off();
  }
  ::mount("dev", "/dev", "devtmpfs", 0, nullptr);
  ::mount("sys", "/sys", "sysfs", 0, nullptr);
  load_modules(command_line);
  const bool polled = command_line.find("bench=poll") != std::string::npos;
  const bool deep = command_line.find("bench=deep") != std::string::npos;
  measure_reads(polled ? kPolledDepth : deep ? kDeepDepth : 1, polled);
  std::fflush(stdout);
  // Resident memory and threads are looked at now.
  ::sleep(2);
  power_off();
}
