#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace vireo::compare {

// Compare with a file of tests/golden/compare. VIREO_UPDATE_GOLDENS=1 writes it anew.
inline void expect_golden(const std::string& name, const std::string& now) {
  const std::string path = std::string(VIREO_SOURCE_DIR) + "/tests/golden/compare/" + name;
  if (std::getenv("VIREO_UPDATE_GOLDENS") != nullptr) std::ofstream(path) << now;
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(now, golden.str()) << path;
}

}  // namespace vireo::compare
