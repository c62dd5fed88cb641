#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "vfio/host/doctor/doctor.h"
#include "vmm/commands.h"
#include "vmm/doctor_text.h"
#include "vmm/foreseen_plan.h"

namespace vireo {
namespace {

using host::Finding;
using host::Severity;

Finding finding_of(const Conflict& conflict) {
  Finding finding{.severity = Severity::kError, .subject = "file", .what = conflict.message, .mend = conflict.help};
  if (conflict.where.line > 0)
    finding.evidence.push_back(
        {conflict.where.file, fmt::format("line {}, column {}", conflict.where.line, conflict.where.column)});
  return finding;
}

// What a guest's file meets on this host, beside what any guest meets.
std::vector<Finding> findings_of(const Plan& plan) {
  std::vector<Finding> findings;
  for (const Conflict& conflict : plan.conflicts) findings.push_back(finding_of(conflict));
  for (const std::string& remark : plan.remarks)
    findings.push_back({.severity = Severity::kNote, .subject = "file", .what = remark});
  if (findings.empty())
    findings.push_back(
        {.severity = Severity::kOk, .subject = "file", .what = plan.config.name + " can start: vireo plan shows how"});
  return findings;
}

std::vector<Finding> examine(const std::string& file) {
  std::vector<std::string> wanted;
  std::vector<Finding> findings;
  if (!file.empty()) {
    const Plan plan = foresee_plan(file);
    for (const auto& [address, facts] : plan.devices) wanted.push_back(address);
    findings = findings_of(plan);
  }
  std::ranges::move(host::examine(wanted), std::back_inserter(findings));
  return findings;
}

bool is_agreed(const Finding& finding, bool yes) {
  std::printf("%s\n  run `%s`? ", finding.what.c_str(), finding.mend.c_str());
  if (yes) std::printf("yes\n");
  std::fflush(stdout);
  std::string answer;
  if (!yes) std::getline(std::cin, answer);
  return yes || answer == "y" || answer == "yes";
}

// Return how many were mended.
size_t fix(const std::vector<Finding>& findings, bool yes) {
  if (!yes && ::isatty(STDIN_FILENO) == 0)
    throw base::Error(base::ExitCode::kUsage, "--fix asks before each command, and there is no terminal to ask at",
                      "vireo doctor --fix --yes");
  size_t mended = 0;
  for (const Finding& finding : findings) {
    if (!host::can_mend(finding) || !is_agreed(finding, yes)) continue;
    host::mend(finding);
    ++mended;
  }
  if (mended == 0) std::printf("nothing was mended\n");
  return mended;
}

}  // namespace

base::ExitCode run_doctor(const DoctorOptions& options) {
  std::vector<Finding> findings = examine(options.file);
  if (options.fix && fix(findings, options.yes) > 0) findings = examine(options.file);
  const std::string text = options.json ? findings_json(findings) : findings_text(findings);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return exit_code(findings);
}

}  // namespace vireo
