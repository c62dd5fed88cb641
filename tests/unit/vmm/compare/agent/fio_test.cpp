#include "vmm/compare/agent/fio.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vmm/base/error.h"

namespace vireo::agent {
namespace {

using testing::Contains;
using testing::Not;
using testing::StartsWith;

const Fio kFio{.engine = "io_uring", .program = "/usr/bin/fio", .libraries = {}};

TEST(Fio, IsNamedByAnOrder) {
  const Fio fio = parse_fio_order("libaio /fio/fio", true);
  EXPECT_EQ(fio.engine, "libaio");
  EXPECT_EQ(fio.program, "/fio/fio");
  EXPECT_EQ(fio.libraries, "/fio/lib");
  EXPECT_EQ(parse_fio_order("libaio /usr/bin/fio", false).libraries, "");
  for (const char* text : {"", "libaio", " /fio/fio", "libaio "})
    EXPECT_THROW(parse_fio_order(text, true), base::Error) << text;
}

TEST(Fio, DoesWhatTheOrderSays) {
  const auto words =
      fio_command(kFio, "/dev/disk/by-path/pci-0000:01",
                  {.block = 8192, .first = 4096, .span = 65536, .depth = 4, .nanoseconds = 300'000'000, .seed = 7});
  EXPECT_EQ(words[0], "/usr/bin/fio");
  for (const char* word :
       {R"(--filename=/dev/disk/by-path/pci-0000\:01)", "--rw=randread", "--readonly", "--bs=8192", "--offset=4096",
        "--size=65536", "--iodepth=4", "--runtime=300000us", "--time_based=1", "--randseed=7", "--direct=1"})
    EXPECT_THAT(words, Contains(word));
  EXPECT_THAT(words, Not(Contains(StartsWith("--rate"))));
}

TEST(Fio, EndsWithOperationsAndWritesAtARate) {
  const auto words = fio_command(kFio, "/dev/vda",
                                 {.operation = Operation::kWrite,
                                  .span = 65536,
                                  .depth = 256,
                                  .rate = 500,
                                  .operations = 10,
                                  .nanoseconds = 1000});
  for (const char* word :
       {"--rw=randwrite", "--io_size=40960", "--rate_iops=500", "--rate_process=poisson", "--runtime=1us"})
    EXPECT_THAT(words, Contains(word));
  EXPECT_THAT(words, Not(Contains("--time_based=1")));
  EXPECT_THAT(words, Not(Contains("--readonly")));
}

TEST(Fio, ThatIsNotThereIsAnError) {
  const Fio none{.engine = "io_uring", .program = "/nowhere/fio", .libraries = {}};
  FioLoop loop(none, "/dev/null", {.span = 4096, .operations = 1});
  loop.run();
  EXPECT_THROW(loop.conclude(), base::Error);
}

// What it says is its error, not a result.
TEST(Fio, ThatRefusesSaysWhy) {
  const Fio shell{.engine = "io_uring", .program = "/bin/sh", .libraries = {}};
  FioLoop loop(shell, "/dev/null", {.span = 4096, .operations = 1});
  loop.run();
  EXPECT_THROW(loop.conclude(), base::Error);
}

}  // namespace
}  // namespace vireo::agent
