// What a plan says of firmware's files.
#include <gmock/gmock.h>

#include "tests/unit/vmm/plan_fixture.h"

namespace vireo {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class PlannedFirmware : public PlanTest {
 protected:
  PlannedFirmware() {
    config_.boot = {.firmware = "ovmf",
                    .firmware_where = {.file = "g.yaml", .line = 4, .column = 5},
                    .vars = "/v",
                    .vars_where = {.file = "g.yaml", .line = 6, .column = 7}};
  }
};

TEST_F(PlannedFirmware, IsNoConflict) {
  EXPECT_THAT(plan().conflicts, IsEmpty());
  EXPECT_THAT(plan().remarks, IsEmpty());
}

TEST_F(PlannedFirmware, MayBeMissing) {
  surroundings_.first_file.problem = "firmware /f: there is no such file";
  const Conflict found = conflict();
  EXPECT_EQ(found.code, base::ExitCode::kBootImage);
  EXPECT_EQ(found.where.line, 4);
}

TEST_F(PlannedFirmware, MayLackItsVariables) {
  surroundings_.variables.problem = "firmware variables /v: cannot be written";
  const Conflict found = conflict();
  EXPECT_EQ(found.code, base::ExitCode::kBootImage);
  EXPECT_EQ(found.where.line, 6);
}

// The original's: the file says nothing of it but `firmware`.
TEST_F(PlannedFirmware, MayLackVariablesThatNobodyNamed) {
  config_.boot.vars.clear();
  surroundings_.variables.problem = "firmware variables /usr: cannot open";
  EXPECT_EQ(conflict().where.line, 4);
}

TEST_F(PlannedFirmware, IsMissedOnceWhereItsPackageIsNotInstalled) {
  surroundings_.first_file.problem = "firmware /usr: there is no such file";
  surroundings_.variables.problem = "firmware variables /usr: cannot open";
  EXPECT_THAT(conflict().message, HasSubstr("firmware /usr"));
}

TEST_F(PlannedFirmware, ComesWithARemarkWhereVariablesAreLost) {
  config_.boot.vars.clear();
  EXPECT_THAT(plan().remarks, Contains(HasSubstr("boot.vars keeps them")));
}

TEST_F(PlannedFirmware, ComesWithoutARemarkWhereThereAreNoVariables) {
  config_.boot.firmware = "seabios";
  config_.boot.vars.clear();
  EXPECT_THAT(plan().remarks, IsEmpty());
}

}  // namespace
}  // namespace vireo
