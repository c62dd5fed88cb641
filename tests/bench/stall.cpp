// Stalls a device-mapper device: four times a second it takes no I/O for so many milliseconds. A process of its own
// each time, as dmsetup(8) would be, would take the emulated host's one CPU from the guests meanwhile. usage: stall
// NAME MILLISECONDS
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// linux/dm-ioctl.h: DM_DEV_SUSPEND suspends with DM_SUSPEND_FLAG, and resumes without.
void suspend(int control, const char* name, bool on) {
  dm_ioctl request{};
  request.version[0] = DM_VERSION_MAJOR;
  request.data_size = sizeof request;
  request.flags = on ? DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG | DM_NOFLUSH_FLAG : 0;
  std::strncpy(request.name, name, sizeof request.name - 1);
  if (::ioctl(control, DM_DEV_SUSPEND, &request) == 0) return;
  std::perror("DM_DEV_SUSPEND");
  std::exit(1);
}

void sleep_milliseconds(long milliseconds) {
  const timespec time{.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1'000'000};
  ::nanosleep(&time, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  const int control = ::open("/dev/mapper/control", O_RDWR);
  if (argc != 3 || control < 0) return 2;
  for (;;) {
    sleep_milliseconds(250);
    suspend(control, argv[1], true);
    sleep_milliseconds(std::atol(argv[2]));
    suspend(control, argv[1], false);
  }
}
