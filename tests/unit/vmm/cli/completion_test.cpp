// The scripts' lines; tests/lint/documents asks the shells.
#include "vmm/cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vmm/cli/cli_fixture.h"
#include "vmm/cli/places.h"

namespace vireo::cli {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

TEST(Places, AreAfterEachCommandAndValue) {
  const Command program = small_program();
  EXPECT_THAT(
      places_of(program).places,
      ElementsAre(Field(&Place::name, "tool 0"), Field(&Place::name, "tool run 0"), Field(&Place::name, "tool vf 0"),
                  Field(&Place::name, "tool vf set 0"), Field(&Place::name, "tool vf set 1")));
}

TEST(Places, TurnsFromAPairToTheNext) {
  const Command program = small_program();
  const Places places = places_of(program);
  ASSERT_EQ(places.turns.size(), 1U);
  EXPECT_EQ(places.turns[0].name, "tool vf set 3");
  EXPECT_EQ(places.turns[0].again, 1U);
}

TEST(Places, TellWhichOptionsTakeTheNextWord) {
  const Command program = small_program();
  EXPECT_THAT(places_of(program).greedy_options(), ElementsAre("tool --level"));
  EXPECT_THAT(places_of(program).optional_choices(), ElementsAre("tool run --form text", "tool run --form json"));
}

TEST(Places, KnowWhatFollowsAKey) {
  const Command program = small_program();
  const Places places = places_of(program);
  ASSERT_EQ(places.followers.size(), 1U);
  EXPECT_EQ(places.followers[0].name, "tool vf set 2");
  EXPECT_EQ(places.followers[0].key, "trust");
  EXPECT_THAT(*places.followers[0].choices, ElementsAre("on", "off"));
}

TEST(Patterns, OfNothingFitNothingThatIsTyped) {
  EXPECT_EQ(patterns({}, "'{}'", " | "), "'-'");
  EXPECT_EQ(patterns({"a", "b"}, "'{}'", " | "), "'a' | 'b'");
}

TEST(BashCompletion, OffersVerbsFilesGuestsAndKeys) {
  const std::string script = bash_completion(small_program());
  EXPECT_THAT(script, HasSubstr("\"tool 0\") words=\"run vf \" ;;\n"));
  EXPECT_THAT(script, HasSubstr("\"tool run 0\") files=yaml ;;\n"));
  EXPECT_THAT(script, HasSubstr("\"tool vf set 0\") words+=\" $(_tool_guests)\" ;;\n"));
  EXPECT_THAT(script, HasSubstr("\"tool vf set 1\") words+=\" mac trust\" ;;\n"));
}

TEST(BashCompletion, OffersNothingElseWhereAnOptionMustHaveItsValue) {
  const std::string script = bash_completion(small_program());
  EXPECT_THAT(script, HasSubstr("\"tool --level\") words+=\" low high\" path=\"\" ;;\n"));
  EXPECT_THAT(script, HasSubstr("\"tool run --form\") words+=\" text json\" ;;\n"));
}

TEST(BashCompletion, OffersWhatAKeyCanBe) {
  EXPECT_THAT(bash_completion(small_program()), HasSubstr("\"tool vf set 2 trust\") words+=\" on off\" ;;\n"));
}

TEST(FishCompletion, OffersWhatAKeyCanBe) {
  EXPECT_THAT(fish_completion(small_program()),
              HasSubstr("\"__tool_at 'tool vf set 2'; and __tool_after 'trust'\" -a 'on off'\n"));
}

TEST(FishCompletion, DescribesVerbsAndOptions) {
  const std::string script = fish_completion(small_program());
  EXPECT_THAT(script, HasSubstr("\"__tool_at 'tool 0'\" -a run -d 'Run it'\n"));
  EXPECT_THAT(script, HasSubstr("\"__tool_at 'tool run [0-9]+'\" -l yes -d 'don\\'t ask'\n"));
  EXPECT_THAT(script, HasSubstr("-l level -d 'how much' -x -a 'low high'\n"));
}

TEST(FishCompletion, OffersAValueThatMayBeLeftOutAsAWordToo) {
  EXPECT_THAT(fish_completion(small_program()), HasSubstr("\"__tool_at 'tool run --form'\" -a 'text json'\n"));
}

TEST(ZshCompletion, KeepsOptionsApartThatExcludeEachOther) {
  EXPECT_THAT(zsh_completion(small_program()), HasSubstr("'(--form --fix)--fix[mend it]' \\\n"));
}

TEST(ZshCompletion, TellsAValueThatMayBeLeftOutFromOneThatMustNot) {
  const std::string script = zsh_completion(small_program());
  EXPECT_THAT(script, HasSubstr("'(--level)--level=[how much]:LEVEL:(low high)' \\\n"));
  EXPECT_THAT(script, HasSubstr("'(--fix --form)--form=[which `form`]::FORM:(text json)' \\\n"));
  EXPECT_THAT(script, HasSubstr("'1::a guest:_tool_guests' \\\n"));
}

TEST(ZshCompletion, QuotesWhatZshWouldRead) {
  const std::string script = zsh_completion(small_program());
  EXPECT_THAT(script, HasSubstr("'(--yes)--yes[don'\\''t ask]'"));
  EXPECT_THAT(script, HasSubstr("'*:::what\\: it: _tool_pairs mac trust=on,off'"));
}

}  // namespace
}  // namespace vireo::cli
