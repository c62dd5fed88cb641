// The agent in a guest that is not its own: it talks by the terminal that it is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/unit/vmm/compare/agent/medium_file.h"
#include "vmm/base/fd.h"
#include "vmm/compare/agent/protocol.h"

namespace vireo::agent {
namespace {

using testing::HasSubstr;

class AgentTerminal : public testing::Test {
 protected:
  AgentTerminal() : side_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    ::grantpt(side_.get());
    ::unlockpt(side_.get());
    char name[64]{};
    ::ptsname_r(side_.get(), name, sizeof name);
    start(name);
  }
  ~AgentTerminal() override {
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

  void start(const std::string& terminal) {
    process_ = ::fork();
    if (process_ != 0) return;
    ::execl(VIREO_AGENT, VIREO_AGENT, terminal.c_str(), nullptr);
    ::_exit(127);
  }
  // What it says up to a text, or within half a minute.
  std::string until(const std::string& wanted) {
    std::string said;
    while (said.find(wanted) == std::string::npos) {
      pollfd readable{.fd = side_.get(), .events = POLLIN, .revents = 0};
      char piece[4096];
      if (::poll(&readable, 1, 30'000) != 1) break;
      const ssize_t count = ::read(side_.get(), piece, sizeof piece);
      if (count <= 0) break;
      said.append(piece, static_cast<size_t>(count));
    }
    return said;
  }
  void order(const std::string& line) const {
    const std::string text = line + "\n";
    ASSERT_EQ(::write(side_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  int end() {
    int status = -1;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return status;
  }

  base::Fd side_;
  pid_t process_ = -1;
};

TEST_F(AgentTerminal, IsWhatItTalksBy) {
  EXPECT_EQ(until("\n"), std::string(kMark) + "ready\n");
  const MediumFile medium(1 << 20);
  order("disk " + medium.path());
  // Nothing of the order is echoed, and no line's end is another.
  EXPECT_THAT(until("\n"), testing::StartsWith(std::string(kMark) + "size "));
}

// A machine that is not the agent's own is not its to power off: this one would be.
TEST_F(AgentTerminal, EndsAsAnOrdinaryProcess) {
  until("ready\n");
  order("quit");
  const int status = end();
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace vireo::agent
