#include "vmm/compare/paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "vmm/compare/comparison.h"

namespace vireo::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PathsTest : public testing::Test {
 protected:
  // Not in /tmp: a tmpfs knows no O_DIRECT.
  PathsTest() : folder_(VIREO_BINARY_DIR "/vireo-paths-XXXXXX") {
    ::mkdtemp(folder_.data());
    image_ = folder_ + "/image";
    std::ofstream(image_) << std::string(65536, 'x');
    config_.disk = image_;
  }
  ~PathsTest() override { std::filesystem::remove_all(folder_); }
  template <typename Action>
  std::string error_of(base::ExitCode code, Action action) {
    try {
      action();
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what() + std::string(" | ") + error.help();
    }
    return "none";
  }
  std::string refusal(base::ExitCode code) {
    return error_of(code,
                    [this] { run_comparison({.config = config_, .version = "1", .watcher = [](const Step&) {}}); });
  }

  std::string folder_;
  std::string image_;
  config::CompareConfig config_;
};

TEST_F(PathsTest, ImageIsAMediumThatNoGuestCanOwn) {
  const auto medium = find_medium(config_);
  EXPECT_EQ(medium->text(), image_);
  EXPECT_THAT(medium->paths(), ElementsAre("virtio-blk", "nvme", "host"));
}

TEST_F(PathsTest, MediumThatIsNotThereIsNamed) {
  config_.disk = folder_ + "/none";
  EXPECT_THAT(refusal(base::ExitCode::kDevice), HasSubstr("/none: ENOENT"));
}

TEST_F(PathsTest, NothingIsWrittenThatIsNotToBeWritten) {
  config_.operation = config::CompareConfig::Operation::kWrite;
  EXPECT_THAT(refusal(base::ExitCode::kUsage), HasSubstr("would overwrite " + image_));
}

TEST_F(PathsTest, RangeBeyondTheMediumIsRefused) {
  config_.first = 32768;
  config_.size = 65536;
  EXPECT_THAT(refusal(base::ExitCode::kConfig), HasSubstr("beyond the medium, which has 64KiB"));
}

TEST_F(PathsTest, GuestWithoutAKernelIsRefusedBeforeAnythingStarts) {
  config_.kernel = folder_ + "/no-kernel";
  EXPECT_THAT(refusal(base::ExitCode::kBootImage), HasSubstr("no-kernel: ENOENT"));
}

TEST_F(PathsTest, UsersImageThatIsNotThereIsRefusedBeforeAnythingStarts) {
  config_.image = folder_ + "/no-image";
  EXPECT_THAT(refusal(base::ExitCode::kBootImage), HasSubstr("no-image: ENOENT"));
}

TEST_F(PathsTest, HostsOwnPathNeedsNoKernel) {
  config_.kernel = folder_ + "/no-kernel";
  config_.paths = {"host"};
  config_.depths = {1};
  config_.loads = {};
  config_.rounds = 1;
  config_.operations = 10;
  const Comparison found = run_comparison({.config = config_, .version = "1", .watcher = [](const Step&) {}});
  ASSERT_EQ(found.paths.size(), 1u);
  EXPECT_EQ(found.paths[0].failure, "");
  EXPECT_EQ(found.paths[0].cases.at(0).windows.at(0).operations, 10u);
  EXPECT_EQ(found.medium_size, 65536u);
}

}  // namespace
}  // namespace vireo::compare
