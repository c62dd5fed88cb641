// What is read from a definition by CLI11.
#include "vmm/cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "vmm/base/error.h"

namespace vireo::cli {
namespace {

using testing::ElementsAre;
using testing::Field;

struct ReadCommand : testing::Test {
  ReadCommand() { app.set_help_flag(); }

  Command read() { return read_command(app, {{"FILE", Kind::kYamlFile, {}}, {"KEYS", Kind::kPairs, {"mac", "vlan"}}}); }

  CLI::App app{"a tool", "tool"};
  std::string text;
  std::vector<std::string> texts;
  bool flag = false;
  bool other = false;
};

TEST_F(ReadCommand, NamesVerbsWithThoseAboveThem) {
  app.add_subcommand("host", "the host")->add_subcommand("list", "its devices");
  const Command command = read();
  EXPECT_THAT(with_verbs(command), ElementsAre(Field(&Command::path, "tool"), Field(&Command::path, "tool host"),
                                               Field(&Command::path, "tool host list")));
}

TEST_F(ReadCommand, TellsAFlagFromAnOptionWithAValue) {
  app.add_flag("-f,--flag", flag, "a flag");
  app.add_option("--level", text, "a level")->type_name("LEVEL")->check(CLI::IsMember({"low", "high"}));
  const Command command = read();
  EXPECT_THAT(command.options[0].spellings, ElementsAre("-f", "--flag"));
  EXPECT_FALSE(command.options[0].value);
  ASSERT_TRUE(command.options[1].value);
  EXPECT_EQ(command.options[1].value->name, "LEVEL");
  EXPECT_EQ(command.options[1].value->kind, Kind::kChoice);
  EXPECT_TRUE(command.options[1].value->required);
  EXPECT_THAT(command.options[1].value->choices, ElementsAre("low", "high"));
}

TEST_F(ReadCommand, KnowsAValueThatMayBeLeftOut) {
  app.add_option("--form", text, "a form")->expected(0, 1);
  EXPECT_FALSE(read().options.back().value->required);
}

TEST_F(ReadCommand, KnowsWhichOptionsExcludeAndNeedOthers) {
  auto* fix = app.add_flag("--fix", flag, "mend it");
  app.add_flag("--yes", other, "do not ask")->needs(fix);
  app.add_flag("--json", other, "for programs")->excludes(fix);
  const Command command = read();
  EXPECT_THAT(command.options[0].excludes, ElementsAre("--json"));
  EXPECT_THAT(command.options[1].needs, ElementsAre("--fix"));
  EXPECT_THAT(command.options[2].excludes, ElementsAre("--fix"));
}

TEST_F(ReadCommand, TakesFromHintsWhatAnOptionTakes) {
  app.add_option("--save", text, "where to")->type_name("FILE");
  EXPECT_EQ(read_command(app, {{"FILE", Kind::kYamlFile, {}}, {"--save", Kind::kFile, {}}}).options.back().value->kind,
            Kind::kFile);
}

TEST_F(ReadCommand, TakesFromHintsWhatAPositionalIs) {
  app.add_option("FILE", text, "a file")->required();
  app.add_option("KEYS", texts, "keys");
  app.add_option("COUNT", text, "how many");
  const Command command = read();
  EXPECT_EQ(command.values[0].kind, Kind::kYamlFile);
  EXPECT_TRUE(command.values[0].required);
  EXPECT_THAT(command.values[1].choices, ElementsAre("mac", "vlan"));
  EXPECT_TRUE(command.values[1].repeated);
  EXPECT_EQ(command.values[2].kind, Kind::kText);
  EXPECT_FALSE(command.values[2].repeated);
}

TEST_F(ReadCommand, RefusesAnOptionWithoutHelp) {
  app.add_subcommand("run", "run it")->add_flag("--quiet", flag);
  EXPECT_THAT([&] { read(); }, testing::ThrowsMessage<base::Error>("tool run: --quiet has no help"));
}

TEST_F(ReadCommand, RefusesAVerbWithoutHelp) {
  app.add_subcommand("run");
  EXPECT_THAT([&] { read(); }, testing::ThrowsMessage<base::Error>("tool run: the verb has no help"));
}

}  // namespace
}  // namespace vireo::cli
