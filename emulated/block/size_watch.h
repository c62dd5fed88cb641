#pragma once

#include <ctime>
#include <functional>

#include "emulated/block/disk_image.h"
#include "vmm/platform/event_loop.h"

namespace vireo::emulated {

// Looks at an image's size every two seconds, and says so when it is another one: nothing tells of a file that has
// grown but of each write to it, too. Thread: the loop's.
class SizeWatch {
 public:
  static constexpr time_t kPeriod = 2;  // seconds

  // Lifetime: image and loop outlive this. Errors: SystemError (kHost) when file descriptors run out.
  SizeWatch(DiskImage& image, platform::EventLoop& loop, std::function<void()> changed);
  ~SizeWatch();
  SizeWatch(const SizeWatch&) = delete;
  SizeWatch& operator=(const SizeWatch&) = delete;

 private:
  platform::EventLoop& loop_;
  base::Fd timer_;
};

}  // namespace vireo::emulated
