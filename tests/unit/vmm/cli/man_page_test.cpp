// The man page, made from a command line's definition and prose.
#include "vmm/cli/man_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vmm/cli/cli_fixture.h"
#include "vmm/base/error.h"
#include "vmm/cli/roff.h"

namespace vireo::cli {
namespace {

using testing::HasSubstr;

const ManProse kProse{
    .description = "It is a tool.\n", .commands = ".\\\" vf set\nIt takes time.\n", .sections = ".SH FILES\n"};

TEST(Roff, KeepsHyphensAndBackslashes) {
  EXPECT_EQ(roff("Ctrl-A \\"), "Ctrl\\-A \\e");
}

TEST(Roff, MakesBoldWhatIsInBackquotes) {
  EXPECT_EQ(roff("what `run` does"), "what \\fBrun\\fR does");
}

TEST(Roff, BeginsNoSentenceAsARequest) {
  EXPECT_EQ(sentence(".so"), "\\&.so.");
  EXPECT_EQ(sentence("Done."), "Done.");
}

TEST(ManPage, BeginsWithTheProgram) {
  EXPECT_THAT(
      man_page(small_program(), "1.2", kProse),
      testing::StartsWith("'\\\" t\n.TH TOOL 1 \"\" \"tool 1.2\" \"User Commands\"\n.SH NAME\ntool \\- a tool\n"));
}

TEST(ManPage, ShowsInTheSynopsisWhatGoesWithWhat) {
  const std::string page = man_page(small_program(), "1.2", kProse);
  EXPECT_THAT(page, HasSubstr("\\fBtool\\fR [\\fB\\-\\-level\\fR \\fILEVEL\\fR] \\fICOMMAND\\fR ...\n"));
  EXPECT_THAT(
      page,
      HasSubstr(
          "\\fBtool run\\fR [\\fB\\-\\-form\\fR [\\fIFORM\\fR]|\\fB\\-\\-fix\\fR [\\fB\\-\\-yes\\fR]] \\fIFILE\\fR\n"));
  EXPECT_THAT(page, HasSubstr("\\fBtool vf set\\fR [\\fINAME\\fR] \\fISETTINGS\\fR ...\n"));
}

TEST(ManPage, PutsProseBehindACommandsHelp) {
  EXPECT_THAT(man_page(small_program(), "1.2", kProse),
              HasSubstr(".TP\n\\fBvf set\\fR [\\fINAME\\fR] \\fISETTINGS\\fR ...\nSet [it].\nIt takes time.\n"));
}

TEST(ManPage, SaysWhichCommandsTakeAnOption) {
  const std::string page = man_page(small_program(), "1.2", kProse);
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-\\-fix\\fR\nWith \\fBrun\\fR: mend it.\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nsay it.\n"));
}

TEST(ManPage, NamesTheKeysOfPairs) {
  EXPECT_THAT(man_page(small_program(), "1.2", kProse),
              HasSubstr("With \\fBvf set\\fR: what: it. The keys: mac, trust.\n"));
}

TEST(ManPage, RefusesProseForACommandThatThereIsNot) {
  const ManProse prose{.description = "", .commands = ".\\\" sing\nLa.\n", .sections = ""};
  EXPECT_THAT([&] { man_page(small_program(), "1.2", prose); },
              testing::ThrowsMessage<base::Error>("the man page tells of a command that there is not: sing"));
}

}  // namespace
}  // namespace vireo::cli
