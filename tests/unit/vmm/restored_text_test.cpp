// What `vireo host restore` prints.
#include "vmm/restored_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vireo {
namespace {

const host::Restored kBack{.address = "0000:01:00.0", .driver = "nvme", .problem = ""};
const host::Restored kOpen{
    .address = "0000:01:00.1", .driver = "vfio-pci", .problem = "open in \x1b[2J\xe9, pid 7: left for later"};

TEST(RestoredText, IsALineADevice) {
  EXPECT_EQ(restored_text({}), "nothing to restore\n");
  EXPECT_EQ(restored_text({kBack}), "0000:01:00.0 is back on nvme\n");
}

// A process has the name that it gives itself.
TEST(RestoredText, HasNothingThatATerminalObeys) {
  EXPECT_EQ(restored_text({kOpen}), "0000:01:00.1: open in ?[2J?, pid 7: left for later\n");
}

TEST(RestoredText, IsJsonWhateverTheBytes) {
  EXPECT_EQ(nlohmann::json::parse(restored_json({kBack, kOpen})).size(), 2u);
}

}  // namespace
}  // namespace vireo
