// A tap of the kernel's, in a network name space of its own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cstring>
#include <filesystem>
#include <functional>

#include "emulated/virtio/net_backend.h"
#include "vmm/base/error.h"

namespace vireo::emulated {
namespace {

constexpr const char* kName = "tap0";
constexpr int kSkipped = 77;

// Errors: false where this user, or this kernel, makes no taps.
bool enter_name_space() {
  return ::unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 && ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("sysfs", "/sys", "sysfs", 0, nullptr) == 0;
}

bool make_lasting_tap(int several) {
  const base::Fd file(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  ifreq request{};
  std::strncpy(request.ifr_name, kName, IFNAMSIZ - 1);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | several);
  return file && ::ioctl(file.get(), TUNSETIFF, &request) == 0 && ::ioctl(file.get(), TUNSETPERSIST, 1) == 0;
}

// Run a test in a process of its own, with a tap: the name space ends with it.
void with_tap(int several, const std::function<void()>& test) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!enter_name_space() || !make_lasting_tap(several)) ::_exit(kSkipped);
    test();
    ::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kSkipped) GTEST_SKIP() << "no tap can be made here (root, tun)";
  EXPECT_EQ(status, 0);
}

ptrdiff_t attached() {
  const std::filesystem::directory_iterator queues(std::string("/sys/class/net/") + kName + "/queues");
  return std::count_if(begin(queues), end(queues),
                       [](const auto& queue) { return queue.path().filename().string().starts_with("rx-"); });
}

// What is wrong, and what helps.
std::string complaint_of(const std::string& name, unsigned queues) {
  try {
    open_tap(name, queues);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::ExitCode::kHost);
    return std::string(error.what()) + "; " + error.help();
  }
  return "";
}

TEST(Tap, SaysHowToMakeOne) {
  EXPECT_THAT(complaint_of("no-such-tap", 1), testing::HasSubstr("ip tuntap add dev no-such-tap mode tap user"));
  EXPECT_THAT(complaint_of("no-such-tap", 2), testing::HasSubstr("ip tuntap add dev no-such-tap mode tap multi_queue"));
}

TEST(Tap, IsNoOtherKindOfInterface) {
  EXPECT_THAT(complaint_of("lo", 1), testing::HasSubstr("it is no tap"));
}

TEST(Tap, HasAFileAQueue) {
  with_tap(IFF_MULTI_QUEUE, [] {
    const auto files = open_tap(kName, 3);
    EXPECT_EQ(files.size(), 3u);
    EXPECT_EQ(attached(), 3);
  });
}

TEST(Tap, AttachesAndDetachesAQueue) {
  with_tap(IFF_MULTI_QUEUE, [] {
    const auto files = open_tap(kName, 3);
    EXPECT_TRUE(attach_tap(files[2], false));
    EXPECT_EQ(attached(), 2);
    EXPECT_TRUE(attach_tap(files[2], true));
    EXPECT_EQ(attached(), 3);
    EXPECT_FALSE(attach_tap(files[2], true));
  });
}

TEST(Tap, OfSeveralQueuesServesOne) {
  with_tap(IFF_MULTI_QUEUE, [] { EXPECT_EQ(open_tap(kName, 1).size(), 1u); });
}

TEST(Tap, OfOneQueueHasNoMore) {
  with_tap(0, [] {
    EXPECT_EQ(open_tap(kName, 1).size(), 1u);
    const std::string complaint = complaint_of(kName, 2);
    EXPECT_THAT(complaint, testing::HasSubstr("network interface tap0: it is a tap of one queue"));
    EXPECT_THAT(complaint, testing::HasSubstr("ip tuntap add dev tap0 mode tap multi_queue"));
  });
}

// The kernel would let a second guest in.
TEST(Tap, OfSeveralQueuesIsNotShared) {
  with_tap(IFF_MULTI_QUEUE, [] {
    const auto files = open_tap(kName, 2);
    attach_tap(files[1], false);
    EXPECT_THAT(complaint_of(kName, 1), testing::HasSubstr("queues of network interface tap0: EBUSY"));
    EXPECT_EQ(attached(), 1);
  });
}

TEST(Tap, OfOneQueueIsNotShared) {
  with_tap(0, [] {
    const auto files = open_tap(kName, 1);
    EXPECT_THAT(complaint_of(kName, 1), testing::HasSubstr("TUNSETIFF on network interface tap0: EBUSY"));
  });
}

}  // namespace
}  // namespace vireo::emulated
