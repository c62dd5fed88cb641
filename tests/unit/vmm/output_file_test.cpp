#include "vmm/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vireo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class OutputFileTest : public testing::Test {
 protected:
  OutputFileTest() { folder_ = ::mkdtemp(name_); }
  ~OutputFileTest() override { std::filesystem::remove_all(folder_); }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) found.push_back(entry.path().filename());
    return found;
  }
  std::string path() const { return folder_ + "/report"; }

  char name_[32] = "/tmp/vireo-output-XXXXXX";
  std::string folder_;
};

TEST_F(OutputFileTest, IsThereInFull) {
  OutputFile(path()).write("all of it\n");
  EXPECT_EQ(base::read_text(path()), "all of it");
  EXPECT_THAT(names(), ElementsAre("report"));
}

TEST_F(OutputFileTest, LeavesNothingWhenItWasNotWritten) {
  { const OutputFile file(path()); }
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(OutputFileTest, KeepsWhatWasThereUntilItIsWritten) {
  std::ofstream(path()) << "before";
  OutputFile file(path());
  EXPECT_EQ(base::read_text(path()), "before");
  file.write("after");
  EXPECT_EQ(base::read_text(path()), "after");
}

TEST_F(OutputFileTest, SaysAtOnceThatItCannotBeMade) {
  try {
    const OutputFile file(folder_ + "/no/report");
    FAIL() << "was made";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::ExitCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("/no/report"));
  }
}

TEST_F(OutputFileTest, SaysThatThereIsNoRoom) {
  OutputFile file("/dev/full");
  try {
    file.write("text");
    FAIL() << "was written";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::ExitCode::kRuntime);
    EXPECT_THAT(error.what(), HasSubstr("/dev/full: ENOSPC"));
  }
}

}  // namespace
}  // namespace vireo
