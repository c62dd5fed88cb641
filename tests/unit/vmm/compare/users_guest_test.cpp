#include "vmm/compare/users_guest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "emulated/block/image_lock.h"
#include "vmm/base/fd.h"
#include "vmm/compare/child.h"

namespace vireo::compare {
namespace {

using testing::HasSubstr;

constexpr size_t kMiB = 1 << 20;

class UsersGuestTest : public testing::Test {
 protected:
  UsersGuestTest() : folder_(VIREO_BINARY_DIR "/vireo-image-XXXXXX") {
    ::mkdtemp(folder_.data());
    std::ofstream(image_()) << std::string(100, 'a') << std::string(3 * kMiB, '\0') << std::string(100, 'b');
  }
  ~UsersGuestTest() override { std::filesystem::remove_all(folder_); }

  std::string image_() const { return folder_ + "/image"; }
  std::string copy_() const { return folder_ + "/copy"; }
  std::string error_of(const std::string& image, base::ExitCode code) {
    try {
      copy_image(image, copy_(), stop_);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), code);
      return error.what();
    }
    return "none";
  }

  std::string folder_;
  StopSignal stop_;
};

TEST_F(UsersGuestTest, CopyHasTheSameBytes) {
  std::ofstream(copy_()) << std::string(8 * kMiB, 'x');  // what an earlier guest has left
  copy_image(image_(), copy_(), stop_);
  EXPECT_EQ(base::read_text(copy_()), base::read_text(image_()));
}

TEST_F(UsersGuestTest, CopyHasHolesWhereZerosAre) {
  copy_image(image_(), copy_(), stop_);
  struct stat facts {};
  ASSERT_EQ(::stat(copy_().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_size, static_cast<off_t>(3 * kMiB + 200));
  EXPECT_LT(facts.st_blocks * 512, static_cast<off_t>(3 * kMiB));
}

TEST_F(UsersGuestTest, ImageThatAGuestWritesToIsRefused) {
  const base::Fd guest = base::open_file(image_(), O_RDWR);
  ASSERT_TRUE(emulated::lock_image(guest.get(), true));
  EXPECT_THAT(error_of(image_(), base::ExitCode::kBootImage), HasSubstr(image_() + " is in use by process "));
}

TEST_F(UsersGuestTest, ImageThatIsNotThereIsNamed) {
  EXPECT_THAT(error_of("/none", base::ExitCode::kBootImage), HasSubstr("/none: ENOENT"));
}

TEST_F(UsersGuestTest, FullDiskIsSaidToBeFull) {
  std::filesystem::create_symlink("/dev/full", copy_());
  EXPECT_THAT(error_of(image_(), base::ExitCode::kHost), HasSubstr("copy the guest's image: ENOSPC"));
}

TEST_F(UsersGuestTest, CopyingEndsWhenItIsToEnd) {
  ::kill(::getpid(), SIGINT);
  EXPECT_THROW(copy_image(image_(), copy_(), stop_), Stopped);
}

TEST_F(UsersGuestTest, CloudInitStartsTheAgentAndNothingElse) {
  const GuestFiles files{.kernel = {}, .modules = {}, .folder = folder_, .vireo = {}, .agent = {}};
  write_user_data(files);
  const std::string text = base::read_text(folder_ + "/" + kUserData);
  EXPECT_TRUE(text.starts_with("#cloud-config\n"));
  EXPECT_THAT(text, HasSubstr("/run/vireo/agent /dev/ttyS0"));
  EXPECT_EQ(base::read_text(folder_ + "/" + kNetworkData), "config: disabled");
}

}  // namespace
}  // namespace vireo::compare
