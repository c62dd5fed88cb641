// What a guest sees of recorded devices: goldens in the form of `lspci -xxxx`, which lint.golden has lspci decode.
// VIREO_UPDATE_GOLDENS=1 writes them anew.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "pci/capability_list.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "tests/fakes/recorded_device.h"
#include "vfio/passthrough_function.h"

namespace vireo::vfio {
namespace {

const std::string kGoldens = std::string(VIREO_SOURCE_DIR) + "/tests/golden/";

std::vector<std::string> recorded_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kGoldens + "devices"))
    names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

std::string dump(PassthroughFunction& function) {
  std::string text = "01:00.0 Recorded device\n";
  for (uint16_t row = 0; row < pci::kExtendedConfigSize; row = static_cast<uint16_t>(row + 16)) {
    char part[8];
    std::snprintf(part, sizeof part, "%02x:", row);
    text += part;
    for (uint16_t i = row; i < row + 16; ++i) {
      std::snprintf(part, sizeof part, " %02x", function.read_config(i, 1));
      text += part;
    }
    text += "\n";
  }
  return text;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class RecordedDeviceTest : public testing::TestWithParam<std::string> {
 protected:
  RecordedDeviceTest()
      : function_("recorded", fakes::load_recorded(kGoldens + "devices/" + GetParam() + ".lspci"),
                  PassthroughSettings{.place = {}, .rom_file = {}}, router_) {}

  fakes::FakeInterruptRouter router_;
  PassthroughFunction function_;
};

TEST_P(RecordedDeviceTest, LooksAsItDid) {
  const std::string path = kGoldens + "virtual/" + GetParam() + ".lspci";
  const std::string now = dump(function_);
  if (std::getenv("VIREO_UPDATE_GOLDENS") != nullptr) std::ofstream(path) << now;
  EXPECT_EQ(now, text_of(path));
}

TEST_P(RecordedDeviceTest, HasChainsThatEnd) {
  std::array<uint8_t, pci::kExtendedConfigSize> image;
  for (uint16_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(function_.read_config(i, 1));
  EXPECT_FALSE(pci::walk_capabilities(image).broken);
  EXPECT_FALSE(pci::walk_extended_capabilities(image).broken);
}

INSTANTIATE_TEST_SUITE_P(Recorded, RecordedDeviceTest, testing::ValuesIn(recorded_names()), [](const auto& device) {
  std::string name = device.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace vireo::vfio
