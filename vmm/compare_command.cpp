#include <cstdio>
#include <optional>

#include "vmm/base/fd.h"
#include "vmm/commands.h"
#include "vmm/compare/analysis.h"
#include "vmm/compare/comparison.h"
#include "vmm/compare/diff.h"
#include "vmm/compare/histogram_csv.h"
#include "vmm/compare/html_report.h"
#include "vmm/compare/progress.h"
#include "vmm/compare/result_json.h"
#include "vmm/compare/table.h"
#include "vmm/config/compare_keys.h"
#include "vmm/output_file.h"

namespace vireo {
namespace {

using base::ExitCode;
using compare::Comparison;

config::CompareConfig config_of(const CompareOptions& options) {
  config::CompareConfig config;
  if (!options.file.empty()) config = config::load_compare(options.file);
  if (!options.agent.empty()) config.by_fio = options.agent == "fio";
  if (!options.nvme.empty()) config.nvme = options.nvme;
  if (!options.disk.empty()) config.disk = options.disk;
  if (!options.nic.empty()) config.nic = options.nic;
  if (!options.peer.empty()) config.peer = options.peer;
  const int media = !config.nvme.empty() + !config.disk.empty() + !config.nic.empty();
  if (media != 1)
    throw base::Error(ExitCode::kUsage, media == 0 ? "no medium was named" : "two media were named",
                      "vireo compare FILE, or --nvme 0000:01:00.0, or --disk /dev/sdb, or --nic eth1 --peer eth2");
  if (config.by_fio && !config.nic.empty())
    throw base::Error(ExitCode::kUsage, "fio measures disks, no network", "--agent vireo");
  return config;
}

// What a program may want to know without reading.
ExitCode exit_code(const Comparison& comparison) {
  if (comparison.cut_short) return ExitCode::kInterrupted;
  for (const compare::PathResult& path : comparison.paths)
    if (!path.failure.empty()) return ExitCode::kPathFailed;
  return ExitCode::kOk;
}

// What the user wants beside the table.
class Outputs {
 public:
  explicit Outputs(const CompareOptions& options)
      : save_(open(options.save)), report_(open(options.report)), csv_(open(options.csv)) {}

  // All of them, also where one cannot be written: to measure again would take long.
  void write(const Comparison& comparison, const compare::Analysis& analysis) {
    std::optional<base::Error> problem;
    const auto attempt = [&](std::optional<OutputFile>& file, auto text) {
      try {
        if (file) file->write(text());
      } catch (const base::Error& error) {
        problem = error;
      }
    };
    attempt(save_, [&] { return compare::comparison_json(comparison, analysis); });
    attempt(report_, [&] { return compare::html_report(comparison, analysis); });
    attempt(csv_, [&] { return compare::histograms_csv(comparison); });
    if (problem) throw base::Error(*problem);
  }

 private:
  static std::optional<OutputFile> open(const std::string& path) {
    return path.empty() ? std::nullopt : std::optional<OutputFile>(path);
  }

  std::optional<OutputFile> save_;
  std::optional<OutputFile> report_;
  std::optional<OutputFile> csv_;
};

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

Comparison load(const std::string& path) {
  return compare::parse_comparison(base::read_text(path, ExitCode::kUsage), path);
}

ExitCode show_difference(const CompareOptions& options) {
  const compare::Difference found = compare::difference(load(options.difference.at(0)), load(options.difference.at(1)));
  print(options.json ? compare::difference_json(found) : compare::difference_text(found));
  return found.regressed ? ExitCode::kRegressed : ExitCode::kOk;
}

}  // namespace

ExitCode run_compare(const CompareOptions& options) {
  if (!options.difference.empty()) return show_difference(options);
  const config::CompareConfig config = config_of(options);
  Outputs outputs(options);
  compare::Progress progress(stderr);
  const Comparison comparison =
      compare::run_comparison({.config = config,
                               .destructive = options.destructive,
                               .version = VIREO_VERSION,
                               .watcher = [&](const compare::Step& step) { progress.show(step); }});
  const compare::Analysis analysis = compare::analyse(comparison);
  print(options.json ? compare::comparison_json(comparison, analysis) : compare::comparison_text(comparison, analysis));
  outputs.write(comparison, analysis);
  return exit_code(comparison);
}

}  // namespace vireo
