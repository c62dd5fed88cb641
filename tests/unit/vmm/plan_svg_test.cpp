// What `vireo plan --svg` prints. The goldens are read by an XML parser, too: lint.golden.
// VIREO_UPDATE_GOLDENS=1 writes them anew.
#include "vmm/plan_svg.h"

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/unit/vmm/plan_picture_fixture.h"
#include "vmm/svg/svg.h"

namespace vireo {
namespace {

size_t count(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

size_t boxes(const std::string& svg, const std::string& side, const std::string& name) {
  return count(svg, "data-side=\"" + side + "\" data-name=\"" + name + "\"");
}

size_t links(const std::string& svg, const std::string& name) {
  return count(svg, "data-device=\"" + name + "\"");
}

// Every rectangle but the paper.
std::vector<svg::Box> rectangles(const std::string& svg) {
  static const std::regex kRectangle(
      "<rect class=\"(?!paper)[^\"]*\" x=\"([^\"]*)\" y=\"([^\"]*)\" "
      "width=\"([^\"]*)\" height=\"([^\"]*)\"");
  std::vector<svg::Box> found;
  for (std::sregex_iterator at(svg.begin(), svg.end(), kRectangle), end; at != end; ++at)
    found.push_back({std::stod((*at)[1]), std::stod((*at)[2]), std::stod((*at)[3]), std::stod((*at)[4])});
  return found;
}

// Pairs that share a pixel.
size_t overlaps(const std::vector<svg::Box>& boxes) {
  size_t pairs = 0;
  for (size_t i = 0; i < boxes.size(); ++i)
    for (size_t j = i + 1; j < boxes.size(); ++j)
      if (boxes[i].x < boxes[j].right() && boxes[j].x < boxes[i].right() && boxes[i].y < boxes[j].bottom() &&
          boxes[j].y < boxes[i].bottom())
        ++pairs;
  return pairs;
}

void expect_golden(const std::string& name, const std::string& now) {
  const std::string path = std::string(VIREO_SOURCE_DIR) + "/tests/golden/pictures/" + name + ".svg";
  if (std::getenv("VIREO_UPDATE_GOLDENS") != nullptr) std::ofstream(path) << now;
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(now, golden.str()) << path;
}

TEST_F(PlanPictureTest, LooksAsItDid) {
  give_some_of_all();
  expect_golden("plan", svg());
}

TEST_F(PlanPictureTest, LooksAsItDidWithConflicts) {
  give_some_of_all();
  give_what_cannot_be();
  surroundings_.machine.kvm_present = false;
  expect_golden("plan-conflicts", svg());
}

// Names come from firmware, files and libpci's list: no byte of them can be trusted.
TEST_F(PlanPictureTest, LooksAsItDidWithOddNames) {
  config_.name = "<g> & \"co\" ]]>";
  host::HostFacts odd =
      function("0000:01:00.0", "pci0000:00/0000:00:01.0", "\x01\xff\xc3 <script>&amp; \xed\xa0\x80\xe2\x80\xae");
  odd.driver = "d'\x1b[31m\"";
  give(odd);
  emulate({.kind = config::EmulatedKind::kNet, .net = {.tap = "--><!--\xf4\x90\x80\x80", .mac = {}}});
  expect_golden("plan-odd-names", svg());
}

TEST_F(PlanPictureTest, ShowsEachDeviceOnceOnEachSideWithALink) {
  give_some_of_all();
  const std::string made = svg();
  EXPECT_EQ(boxes(made, "host", "0000:65:02.1"), 1u);
  EXPECT_EQ(boxes(made, "guest", "0000:65:02.1"), 1u);
  EXPECT_EQ(links(made, "0000:65:02.1"), 1u);
  EXPECT_EQ(boxes(made, "host", "0000:1a:00.0"), 1u);
  EXPECT_EQ(boxes(made, "guest", "0000:1a:00.0"), 1u);
  EXPECT_EQ(links(made, "0000:1a:00.0"), 1u);
  EXPECT_EQ(count(made, "data-device="), 4u);
}

TEST_F(PlanPictureTest, ShowsTheWayToADevice) {
  give_some_of_all();
  const std::string made = svg();
  EXPECT_EQ(boxes(made, "host", "pci0000:16"), 1u);
  EXPECT_EQ(boxes(made, "host", "0000:17:00.0"), 1u);
  EXPECT_EQ(boxes(made, "guest", "sw0"), 1u);
  EXPECT_EQ(boxes(made, "guest", "spare"), 1u);
}

TEST_F(PlanPictureTest, ShowsThePfOfAVfWithoutALink) {
  give_some_of_all();
  const std::string made = svg();
  EXPECT_EQ(boxes(made, "host", "0000:65:00.0"), 1u);
  EXPECT_EQ(links(made, "0000:65:00.0"), 0u);
  EXPECT_NE(made.find("driver i40e"), std::string::npos);
}

// Where nobody has looked at it, its VF says where it is.
TEST_F(PlanPictureTest, ShowsAPfThatIsKnownByItsVfOnly) {
  give_some_of_all();
  neighbours_.clear();
  EXPECT_EQ(boxes(svg(), "host", "0000:65:00.0"), 1u);
  EXPECT_EQ(boxes(svg(), "host", "0000:64:02.0"), 1u);
}

TEST_F(PlanPictureTest, SaysWhatIsTakenAlong) {
  host::HostFacts gpu = function("0000:01:00.0", "pci0000:00/0000:00:01.0", "GPU");
  give(gpu);
  gpu.address = "0000:01:00.1";
  surroundings_.devices["0000:01:00.0"].companions = {gpu};
  EXPECT_EQ(boxes(svg(), "host", "0000:01:00.1"), 1u);
  EXPECT_NE(svg().find("taken along, for nobody"), std::string::npos);
}

TEST_F(PlanPictureTest, ShowsWhatADeviceIsToTheGuest) {
  give_some_of_all();
  const std::string made = svg();
  EXPECT_NE(made.find(">from 0000:c1:00.0<"), std::string::npos);
  EXPECT_NE(made.find("BAR\u00a01:\u00a0128\u00a0GiB"), std::string::npos);
  EXPECT_NE(made.find(">33 MSI-X vectors<"), std::string::npos);
}

TEST_F(PlanPictureTest, ShowsWhatIsBehindAnEmulatedDevice) {
  give_some_of_all();
  EXPECT_NE(svg().find("backed by /srv/images/web1.raw (20 GiB, read-only)"), std::string::npos);
  EXPECT_NE(svg().find("backed by tap vnet0"), std::string::npos);
}

TEST_F(PlanPictureTest, WarnsOfADeviceOnAnotherNode) {
  give_some_of_all();
  EXPECT_NE(svg().find("text class=\"body warning\""), std::string::npos);
  EXPECT_NE(svg().find("devices on NUMA nodes 0 and 1"), std::string::npos);
}

TEST_F(PlanPictureTest, MarksWhatCannotBePassed) {
  give_what_cannot_be();
  const std::string made = svg();
  EXPECT_EQ(count(made, "<rect class=\"conflict\""), 4u);  // the NIC, and what is not there, on both sides
  EXPECT_EQ(count(made, "<path class=\"link conflict\""), 1u);
  EXPECT_NE(made.find(">conflict: is in use: network interface"), std::string::npos);
  EXPECT_EQ(boxes(made, "host", "0000:67:00.0"), 1u);
  EXPECT_EQ(links(made, "0000:67:00.0"), 0u);
}

TEST_F(PlanPictureTest, MarksAnEmulatedDeviceThatCannotBe) {
  emulate({.kind = config::EmulatedKind::kBlock, .disk = {.image = "/d.raw"}});
  surroundings_.images["/d.raw"] = {.problem = "/d.raw: ENOENT", .help = "make it"};
  EXPECT_NE(svg().find(">conflict: /d.raw: ENOENT<"), std::string::npos);
  EXPECT_NE(svg().find(">help: make it<"), std::string::npos);
}

TEST_F(PlanPictureTest, MarksAPortThatCannotBe) {
  config_.pcie.root_ports = {{.name = "a", .device_number = 3}, {.name = "b", .device_number = 3}};
  EXPECT_EQ(count(svg(), "<rect class=\"conflict\""), 1u);
}

// A bridge is no device for a guest; what is behind it may be.
TEST_F(PlanPictureTest, ShowsABridgeThatTheFileNames) {
  host::HostFacts port = function("0000:40:01.0", "pci0000:40", "Port");
  port.class_code = 0x060400;
  give(port);
  give(function("0000:41:00.0", "pci0000:40/0000:40:01.0", "NIC"));
  EXPECT_EQ(boxes(svg(), "host", "0000:40:01.0"), 2u);
  EXPECT_EQ(overlaps(rectangles(svg())), 0u);
}

TEST_F(PlanPictureTest, IsAPictureWithoutDevices) {
  EXPECT_NE(svg().find("gets none of the host"), std::string::npos);
  EXPECT_EQ(overlaps(rectangles(svg())), 0u);
}

TEST_F(PlanPictureTest, HasNoBoxesThatMeet) {
  give_some_of_all();
  give_what_cannot_be();
  EXPECT_GT(rectangles(svg()).size(), 30u);
  EXPECT_EQ(overlaps(rectangles(svg())), 0u);
}

class ManyDevices : public PlanPictureTest {
 protected:
  ManyDevices() {
    for (unsigned i = 0; i < 40; ++i) {
      char address[16];
      std::snprintf(address, sizeof address, "0000:%02x:%02x.%u", 0x41, i / 8, i % 8);
      give_below_switch(function(address, "pci0000:40/0000:40:01.0", std::string(300, 'W')));
    }
    // A switch has 32 ports.
    auto& ports = config_.pcie.root_ports.front().downstream.front().ports;
    config_.pcie.root_ports.push_back({.name = std::string(300, 'p'), .downstream = {{.name = "sw1"}}});
    auto& more = config_.pcie.root_ports.back().downstream.front().ports;
    more.assign(ports.begin() + 30, ports.end());
    ports.resize(30);
  }
};

TEST_F(ManyDevices, DoNotMeet) {
  EXPECT_EQ(count(svg(), "data-device="), 40u);
  EXPECT_EQ(overlaps(rectangles(svg())), 0u);
}

TEST_F(ManyDevices, HaveTheirWholeNamesInTheirTitles) {
  const std::string made = svg();
  EXPECT_EQ(count(made, ">" + std::string(300, 'W')), 0u);
  EXPECT_EQ(count(made, "; " + std::string(300, 'W')), 80u);
}

}  // namespace
}  // namespace vireo
