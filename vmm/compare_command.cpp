#include <cstdio>

#include "vmm/commands.h"
#include "vmm/compare/analysis.h"
#include "vmm/compare/comparison.h"
#include "vmm/compare/progress.h"
#include "vmm/compare/table.h"
#include "vmm/config/compare_keys.h"

namespace vireo {
namespace {

using base::ExitCode;
using compare::Comparison;

config::CompareConfig config_of(const CompareOptions& options) {
  config::CompareConfig config;
  if (!options.file.empty()) config = config::load_compare(options.file);
  if (!options.nvme.empty()) config.nvme = options.nvme;
  if (!options.disk.empty()) config.disk = options.disk;
  if (config.nvme.empty() == config.disk.empty())
    throw base::Error(ExitCode::kUsage, config.nvme.empty() ? "no medium was named" : "two media were named",
                      "vireo compare FILE, or --nvme 0000:01:00.0, or --disk /dev/sdb");
  return config;
}

// What a program may want to know without reading.
ExitCode exit_code(const Comparison& comparison) {
  if (comparison.cut_short) return ExitCode::kInterrupted;
  for (const compare::PathResult& path : comparison.paths)
    if (!path.failure.empty()) return ExitCode::kPathFailed;
  return ExitCode::kOk;
}

}  // namespace

ExitCode run_compare(const CompareOptions& options) {
  compare::Progress progress(stderr);
  const Comparison comparison =
      compare::run_comparison({.config = config_of(options),
                               .destructive = options.destructive,
                               .version = VIREO_VERSION,
                               .watcher = [&](const compare::Step& step) { progress.show(step); }});
  const std::string text = compare::comparison_text(comparison, compare::analyse(comparison));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return exit_code(comparison);
}

}  // namespace vireo
