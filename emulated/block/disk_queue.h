#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "emulated/block/disk_image.h"
#include "emulated/block/disk_operation.h"
#include "emulated/block/io_ring.h"
#include "emulated/block/lookout.h"
#include "vmm/base/event_fd.h"
#include "vmm/base/log_limit.h"

namespace vireo::emulated {

// What a failing medium does to a guest: it sees an I/O error, or its request waits until it can be done.
enum class OnDiskError : uint8_t { kReport, kWait };

// A disk's requests of one queue, on a thread of its own: doorbell and completions come by one io_uring, so that a
// batch takes one system call.
// State: complete.
// Features: registered files and memory, requests past the page cache where they are aligned, short transfers go on,
// retries.
// Source: io_uring(7).
class DiskQueue {
 public:
  struct Settings {
    std::string name;    // of the thread, at most 15 characters
    unsigned depth = 1;  // requests that are not done
    OnDiskError on_error = OnDiskError::kReport;
    std::span<uint8_t> memory = {};  // where requests' buffers are, if its pages may be pinned
  };
  // Lifetime: `image` and the memory outlive this.
  // Errors: SystemError (kHost) naming what the host's kernel lacks.
  DiskQueue(const DiskImage& image, const Settings& settings);
  ~DiskQueue();
  DiskQueue(const DiskQueue&) = delete;
  DiskQueue& operator=(const DiskQueue&) = delete;

  // Serve `client` whenever `doorbell` rings, and once now. Thread: any but the queue's.
  void start(DiskClient& client, const base::EventFd& doorbell) noexcept;
  // Wait for all that was submitted, and serve nobody. What waits for its medium is given up. Thread: the same.
  void stop() noexcept;

  // Thread: the queue's, in the client's serve(). Precondition: the tag is not in use.
  void submit(DiskTag tag, const DiskRequest& request) noexcept;

 private:
  struct Slot {
    DiskOperation operation;
    std::chrono::steady_clock::time_point retry_at = {};
  };
  struct Session {
    DiskClient* client = nullptr;
    int doorbell = -1;
    bool operator==(const Session&) const = default;
  };

  void command(const Session& wanted) noexcept;
  void run() noexcept;
  void register_memory() noexcept;
  void obey() noexcept;
  void serve() noexcept;
  bool wait_and_collect() noexcept;
  bool collect() noexcept;
  void handle(uint64_t data, int result, bool goes_on) noexcept;
  void complete(DiskTag tag, int result) noexcept;
  void fail(DiskTag tag, int error) noexcept;
  void wait(DiskTag tag) noexcept;
  void finish(DiskTag tag, DiskResult result) noexcept;
  void retry() noexcept;
  void issue(DiskTag tag) noexcept;
  int file_for(const DiskOperation& operation) const noexcept;
  void watch_doorbell() noexcept;

  const DiskImage& image_;
  Settings settings_;
  std::vector<Slot> slots_;
  std::unique_ptr<iovec[]> buffers_;
  IoRing ring_;
  std::vector<DiskTag> waiting_;  // for their medium
  base::LogLimit errors_{std::chrono::seconds(10)};
  Lookout lookout_;
  unsigned in_flight_ = 0;
  bool rang_ = false;
  bool commanded_ = false;
  bool last_ = false;
  bool stopping_ = false;
  bool watches_ = false;  // the session's doorbell

  std::mutex mutex_;
  std::condition_variable obeyed_;
  Session wanted_;   // by start() and stop()
  Session session_;  // stored by the thread, which may read it without the lock
  bool ends_ = false;
  base::EventFd command_;
  std::thread thread_;
};

// What an emulated disk is besides its image.
struct DiskDeviceSettings {
  std::string name;    // in the names of its threads
  std::string serial;  // at most 20 characters
  unsigned queues = 1;
  OnDiskError on_error = OnDiskError::kReport;
  std::span<uint8_t> memory = {};  // the guest's, if its pages may be pinned

  DiskQueue::Settings queue(unsigned index, unsigned depth) const {
    return {.name = (name + ":" + std::to_string(index)).substr(0, 15),
            .depth = depth,
            .on_error = on_error,
            .memory = memory};
  }
};

}  // namespace vireo::emulated
