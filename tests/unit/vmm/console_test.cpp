#include "vmm/console.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <future>

namespace vireo {
namespace {

// A console on a FIFO whose reader reads only when a test does.
class ConsoleTest : public testing::Test {
 protected:
  ConsoleTest() {
    std::string name = (std::filesystem::temp_directory_path() / "vireo-console-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    ::mkfifo((folder_ + "/fifo").c_str(), 0600);
    reader_ = base::Fd(::open((folder_ + "/fifo").c_str(), O_RDONLY | O_NONBLOCK));
    console_ = std::make_unique<Console>(
        config::ConsoleConfig{.kind = config::ConsoleConfig::Kind::kFile, .path = folder_ + "/fifo"}, loop_, [] {});
  }
  ~ConsoleTest() override {
    console_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string folder_;
  platform::EventLoop loop_;
  base::Fd reader_;
  std::unique_ptr<Console> console_;
};

TEST_F(ConsoleTest, ShowsALineAtOnce) {
  const std::string line = "login:\n";
  console_->transmit({reinterpret_cast<const uint8_t*>(line.data()), line.size()});
  std::string found(64, '\0');
  found.resize(static_cast<size_t>(::read(reader_.get(), found.data(), found.size())));
  EXPECT_EQ(found, line);
}

TEST_F(ConsoleTest, LetsACpuGoThatWaitsForTheReader) {
  const std::vector<uint8_t> more_than_a_pipe_holds(1 << 20, '\n');
  auto cpu = std::async(std::launch::async, [&] { console_->transmit(more_than_a_pipe_holds); });
  ASSERT_EQ(cpu.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  console_->interrupt(true);
  EXPECT_EQ(cpu.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

}  // namespace
}  // namespace vireo
