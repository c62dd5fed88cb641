// What is around a function on the host.
#include "vfio/host/neighbours.h"

#include <gmock/gmock.h>

#include "tests/unit/vfio/host/recorded_host.h"

namespace vireo::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

TEST(Neighbours, KnowsTheWay) {
  const RecordedHost host("lab");
  EXPECT_THAT(way_to(read_facts("0000:01:00.0", host.root())), ElementsAre("pci0000:00", "0000:00:03.0"));
  EXPECT_THAT(way_to({.path = "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:00/10000:00:01.0/10000:01:00.0"}),
              ElementsAre("pci0000:00", "0000:00:0e.0", "pci10000:00", "10000:00:01.0"));
  EXPECT_THAT(way_to({}), IsEmpty());
}

// A root bus, "pci10000:00", is no bridge.
TEST(Neighbours, KnowTheBridgeAbove) {
  const RecordedHost host("lab");
  EXPECT_EQ(parent_of(read_facts("0000:01:00.0", host.root())), "0000:00:03.0");
  EXPECT_EQ(parent_of(read_facts("0000:00:03.0", host.root())), "");
  EXPECT_EQ(parent_of({.path = "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:00/10000:00:01.0"}), "");
}

TEST(Neighbours, AreTheBridgesAboveAndThePf) {
  const RecordedHost host("lab");
  HostFacts facts = read_facts("0000:01:00.0", host.root());
  facts.physical_function = "0000:02:00.0";
  const auto found = read_neighbours({facts}, host.root());
  EXPECT_THAT(found, ElementsAre(Key("0000:00:03.0"), Key("0000:02:00.0")));
  EXPECT_EQ(found.at("0000:00:03.0").driver, "pcieport");
  EXPECT_FALSE(found.at("0000:00:03.0").name.empty());
}

TEST(Neighbours, MayHaveGone) {
  const RecordedHost host("lab");
  const HostFacts facts{.path = "/sys/devices/pci0000:00/0000:00:09.0/0000:09:00.0"};
  EXPECT_THAT(read_neighbours({facts}, host.root()), IsEmpty());
}

TEST(Neighbours, CompleteTheirFacts) {
  const RecordedHost host("lab");
  HostFacts facts = read_facts("0000:01:00.0", host.root());
  EXPECT_TRUE(facts.name.empty());
  host.write(host.folder_of("0000:01:00.0") + "numa_node", "1\n");
  complete_facts(facts);
  EXPECT_FALSE(facts.name.empty());
  EXPECT_EQ(facts.numa_node, 1u);
}

}  // namespace
}  // namespace vireo::host
