#include "vmm/control_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace vireo {
namespace {

// With a folder of its own in place of the user's.
class ControlSocketTest : public testing::Test {
 protected:
  ControlSocketTest() {
    char folder[] = "/tmp/vireo-control-XXXXXX";
    folder_ = ::mkdtemp(folder);
  }
  ~ControlSocketTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(ControlSocketTest, AnswersWithTheGuestsState) {
  platform::EventLoop loop;
  ControlSocket control("g", loop, {.folder = folder_ + "/guests", .delay_ms = 0});
  control.serve([] { return std::string(300'000, 'x'); });
  std::vector<RunningGuest> found;
  std::jthread asker([&] {
    found = running_guests(folder_ + "/guests");
    loop.stop();
  });
  loop.run();
  asker.join();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "g");
  EXPECT_EQ(found[0].state.size(), 300'000u);
}

TEST_F(ControlSocketTest, IsThereAWhileAfterTheStart) {
  platform::EventLoop loop;
  ControlSocket control("g", loop, {.folder = folder_, .delay_ms = 1});
  control.serve([&loop] {
    loop.stop();
    return std::string("{}");
  });
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  // Between bind(2) and listen(2) its name is there, and nobody answers yet.
  std::jthread asker([this] {
    const auto is_answered = [](const RunningGuest& guest) { return !guest.state.empty(); };
    while (std::ranges::none_of(running_guests(folder_), is_answered)) std::this_thread::yield();
  });
  loop.run();
  asker.join();
  EXPECT_FALSE(std::filesystem::is_empty(folder_));
}

TEST_F(ControlSocketTest, TakesItsSocketAway) {
  platform::EventLoop loop;
  {
    ControlSocket(std::string("g"), loop, {.folder = folder_, .delay_ms = 0}).serve([] { return std::string(); });
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(ControlSocketTest, ShowsAGuestThatDoesNotAnswer) {
  platform::EventLoop loop;
  ControlSocket control("g", loop, {.folder = folder_, .delay_ms = 0});
  control.serve([] { return std::string("{}"); });
  const auto found = running_guests(folder_);  // the loop does not run
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].state, "");
}

TEST_F(ControlSocketTest, ForgetsTheSocketOfADeadGuest) {
  {
    const base::Fd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{.sun_family = AF_UNIX};
    // No process has so high a number: PID_MAX_LIMIT is 4 Mi.
    (folder_ + "/g.99999999").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_TRUE(running_guests(folder_).empty());
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(ControlSocketTest, RunsWithoutWhereTheSocketCannotBe) {
  platform::EventLoop loop;
  ControlSocket control(std::string(200, 'n'), loop, {.folder = folder_, .delay_ms = 0});
  control.serve([] { return std::string(); });
  EXPECT_TRUE(running_guests(folder_).empty());
}

}  // namespace
}  // namespace vireo
