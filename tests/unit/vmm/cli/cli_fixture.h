#pragma once

#include "vmm/cli/command.h"

namespace vireo::cli {

// A program with one of each: a flag, options that must have and can have a value, values that repeat, verbs of verbs.
inline Command small_program() {
  const Option help{.spellings = {"-h", "--help"}, .help = "say it"};
  const Option level{
      .spellings = {"--level"},
      .help = "how much",
      .value = Value{.name = "LEVEL", .kind = Kind::kChoice, .choices = {"low", "high"}, .required = true}};
  const Option form{.spellings = {"--form"},
                    .help = "which `form`",
                    .value = Value{.name = "FORM", .kind = Kind::kChoice, .choices = {"text", "json"}},
                    .excludes = {"--fix"}};
  const Option fix{.spellings = {"--fix"}, .help = "mend it", .excludes = {"--form"}};
  const Option yes{.spellings = {"--yes"}, .help = "don't ask", .needs = {"--fix"}};
  const Value file{.name = "FILE", .help = "a guest's file", .kind = Kind::kYamlFile, .required = true};
  const Value guest{.name = "NAME", .help = "a guest", .kind = Kind::kGuest};
  const Value pairs{.name = "SETTINGS",
                    .help = "what: it",
                    .kind = Kind::kPairs,
                    .choices = {"mac", "trust"},
                    .pair_values = {{"trust", {"on", "off"}}},
                    .required = true,
                    .repeated = true};
  Command run{.path = "tool run", .name = "run", .help = "Run it", .options = {help, form, fix, yes}, .values = {file}};
  Command set{.path = "tool vf set", .name = "set", .help = "Set [it]", .options = {help}, .values = {guest, pairs}};
  Command vf{.path = "tool vf", .name = "vf", .help = "The VFs", .options = {help}, .verbs = {set}};
  return {.path = "tool", .name = "tool", .help = "tool: a tool", .options = {help, level}, .verbs = {run, vf}};
}

}  // namespace vireo::cli
