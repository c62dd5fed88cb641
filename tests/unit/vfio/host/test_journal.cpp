#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/claim.h"
#include "vfio/host/journal.h"
#include "vfio/host/state_folder.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

using testing::HasSubstr;

const DriverStep kStep{.device = "0000:01:00.1", .driver = "nvme", .driver_override = "", .target = "vfio-pci"};

JournalRecord record() {
  return {.boot = "b", .pid = 7, .guest = "g", .created = 9, .steps = {kStep}};
}

std::string replaced(const std::string& from, const std::string& to) {
  std::string text = to_text(record());
  return text.replace(text.find(from), from.size(), to);
}

std::string refusal(const std::string& text) {
  try {
    parse_journal(text);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(JournalText, ReadsWhatItWrote) {
  const JournalRecord read = parse_journal(to_text(record()));
  EXPECT_EQ(read.boot, "b");
  EXPECT_EQ(read.pid, 7);
  EXPECT_EQ(read.guest, "g");
  EXPECT_EQ(read.created, 9u);
  EXPECT_EQ(read.steps, std::vector<Step>{kStep});
}

TEST(JournalText, ReadsStepsOfVfs) {
  JournalRecord vfs = record();
  vfs.steps = {VfCountStep{.device = "0000:02:00.0", .count = 4, .autoprobe = "1"},
               VfPolicyStep{.device = "0000:02:10.0",
                            .place = {.physical_function = "0000:02:00.0", .index = 1},
                            .before = {{"vlan", "0"}},
                            .wanted = {{"vlan", "10"}}},
               NvmeResourcesStep{.device = "0000:03:10.0",
                                 .place = {.physical_function = "0000:03:00.0", .index = 2},
                                 .before = {.namespaces = {1, 2}},
                                 .wanted = {.online = true, .queues = 3, .interrupts = 2, .namespaces = {1}}}};
  EXPECT_EQ(parse_journal(to_text(vfs)).steps, vfs.steps);
}

TEST(JournalText, RefusesPfThatIsAPath) {
  JournalRecord vfs = record();
  vfs.steps = {VfPolicyStep{.device = "nsim", .place = {.physical_function = "../x", .index = 1}}};
  EXPECT_THAT(refusal(to_text(vfs)), HasSubstr("\"pf\""));
}

TEST(JournalText, GivesEachStepAKind) {
  EXPECT_THAT(to_text(record()), HasSubstr("\"kind\": \"driver\""));
}

TEST(JournalText, WritesGuestNameOfAnyBytes) {
  JournalRecord odd = record();
  odd.guest = "\xff\xfe";
  EXPECT_EQ(parse_journal(to_text(odd)).steps.size(), 1u);
}

TEST(JournalText, RefusesEmptyFile) {
  EXPECT_THAT(refusal(""), HasSubstr("cut short"));
}

TEST(JournalText, RefusesTruncatedFile) {
  const std::string text = to_text(record());
  EXPECT_THAT(refusal(text.substr(0, text.size() / 2)), HasSubstr("cut short"));
}

TEST(JournalText, RefusesOtherJson) {
  EXPECT_THAT(refusal("[1]"), HasSubstr("not a journal"));
}
TEST(JournalText, RefusesMissingMember) {
  EXPECT_THAT(refusal("{}"), HasSubstr("\"version\" is missing"));
}
TEST(JournalText, RefusesOtherVersion) {
  EXPECT_THAT(refusal(replaced("\"version\": 1", "\"version\": 2")), HasSubstr("another version"));
}
TEST(JournalText, RefusesWrongType) {
  EXPECT_THAT(refusal(replaced("\"pid\": 7", "\"pid\": \"7\"")), HasSubstr("\"pid\" is not a number"));
}
TEST(JournalText, RefusesGuestThatIsNoString) {
  EXPECT_THAT(refusal(replaced("\"g\"", "1")), HasSubstr("\"guest\" is not a string"));
}
TEST(JournalText, RefusesUnknownKind) {
  EXPECT_THAT(refusal(replaced("\"driver\",", "\"power\",")), HasSubstr("step \"power\" is unknown"));
}
TEST(JournalText, RefusesStepThatIsNoObject) {
  EXPECT_THAT(refusal(R"({"version":1,"boot":"","pid":1,"guest":"","created":1,"steps":[1]})"),
              HasSubstr("a step is not an object"));
}
TEST(JournalText, RefusesStepsThatAreNoList) {
  EXPECT_THAT(refusal(R"({"version":1,"boot":"","pid":1,"guest":"","created":1,"steps":1})"),
              HasSubstr("\"steps\" is not a list"));
}
TEST(JournalText, RefusesDeviceThatIsNoAddress) {
  EXPECT_THAT(refusal(replaced("0000:01:00.1", "../../x")), HasSubstr("\"device\" is not a PCI address"));
}
TEST(JournalText, RefusesDriverThatIsAPath) {
  EXPECT_THAT(refusal(replaced("\"nvme\"", "\"../x\"")), HasSubstr("\"driver\" is not the name of a driver"));
}

// The one attribute that lies in a folder.
TEST(JournalText, KnowsPower) {
  const JournalRecord record{
      .boot = "b",
      .guest = "g",
      .steps = {AttributeStep{.device = "0000:01:00.1", .attribute = kPowerControl, .before = "auto", .wanted = "on"}}};
  EXPECT_EQ(parse_journal(to_text(record)).steps, record.steps);
}
TEST(JournalText, RefusesAttributeThatIsAnotherPath) {
  const JournalRecord record{
      .boot = "b", .guest = "g", .steps = {AttributeStep{.device = "0000:01:00.1", .attribute = "power/../remove"}}};
  EXPECT_THAT(refusal(to_text(record)), HasSubstr("\"attribute\" is not the name"));
}

TEST(Journal, HasAFileForEachClaimOfAProcess) {
  Tree tree;
  make_state_folders(tree.root());
  Journal first(tree.root(), "a");
  Journal second(tree.root(), "b");
  first.add(kStep);
  second.add(kStep);
  EXPECT_THAT(tree.list("/run/vireo/claims"),
              testing::ElementsAre(testing::EndsWith(".1.json"), testing::EndsWith(".1.lock"),
                                   testing::EndsWith(".json"), testing::EndsWith(".lock")));
}

TEST(Journal, LeavesNoFileWithoutSteps) {
  Tree tree;
  make_state_folders(tree.root());
  Journal journal(tree.root(), "a");
  journal.add(kStep);
  journal.keep({});
  EXPECT_THAT(tree.list("/run/vireo/claims"), testing::IsEmpty());
}

}  // namespace
}  // namespace vireo::host
