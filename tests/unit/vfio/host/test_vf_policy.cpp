#include "vfio/host/vf_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vireo::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::UnorderedElementsAre;

const VfPolicy kAll = {{"mac", "00:00:00:00:00:00"}, {"vlan", "0"},        {"qos", "0"},       {"proto", "802.1Q"},
                       {"max_tx_rate", "0"},         {"min_tx_rate", "0"}, {"spoofchk", "on"}, {"trust", "off"}};

TEST(VfPolicy, PartHasTheWantedKeys) {
  EXPECT_THAT(policy_for({{"mac", "52:54:00:00:00:01"}}, kAll), UnorderedElementsAre(Key("mac")));
}

TEST(VfPolicy, PartHasAllKeysOfVlan) {
  EXPECT_THAT(policy_for({{"qos", "3"}}, kAll), UnorderedElementsAre(Key("vlan"), Key("qos"), Key("proto")));
}

TEST(VfPolicy, PartHasBothRates) {
  EXPECT_THAT(policy_for({{"max_tx_rate", "100"}}, kAll), UnorderedElementsAre(Key("max_tx_rate"), Key("min_tx_rate")));
}

TEST(VfPolicy, PartLacksWhatDriverDoesNotKnow) {
  EXPECT_THAT(policy_for({{"state", "auto"}}, kAll), IsEmpty());
}

TEST(VfPolicy, DifferencesNameKeyAndValues) {
  EXPECT_THAT(policy_differences({{"trust", "on"}, {"state", "auto"}, {"vlan", "0"}}, kAll),
              ElementsAre("its driver has no state", "trust is off, not on"));
}

}  // namespace
}  // namespace vireo::host
