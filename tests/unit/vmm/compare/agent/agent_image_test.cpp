#include "vmm/compare/agent_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vmm/base/fd.h"

namespace vireo::compare {
namespace {

TEST(AgentImage, IsTheAgentsFile) {
  const auto image = agent_image();
  const std::string bytes(reinterpret_cast<const char*>(image.data()), image.size());
  // base::read_text() takes newlines off the end.
  EXPECT_TRUE(bytes.starts_with(base::read_text(VIREO_AGENT)));
  EXPECT_TRUE(bytes.starts_with("\177ELF"));
}

// It is in vireo's own file, and in every guest's memory.
TEST(AgentImage, IsBelowOneMebibyte) {
  EXPECT_LT(agent_image().size(), size_t{1} << 20);
}

}  // namespace
}  // namespace vireo::compare
