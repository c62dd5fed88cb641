// The program of a disk's guest: reads from its disk, passed through or emulated, as the kernel's command line says:
// bench=boot | bench=read | bench=poll | bench=deep.
#include <liburing.h>

#include "tests/bench/guest.h"

namespace {

constexpr int kWarmUp = 500;
constexpr int kReads = 2048;
constexpr size_t kBlock = 4096;
constexpr int kPolledDepth = 8;
constexpr int kDeepDepth = 32;
constexpr int kBlocks = 4096;  // of the medium that are read, in an order of its own

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
  report("reads", kReads, took);
}

}  // namespace

int main() {
  const std::string command_line = set_up();
  const bool polled = has(command_line, "bench=poll");
  const bool deep = has(command_line, "bench=deep");
  measure_reads(polled ? kPolledDepth : deep ? kDeepDepth : 1, polled);
  // Resident memory and threads are looked at now.
  ::sleep(2);
  power_off();
}
