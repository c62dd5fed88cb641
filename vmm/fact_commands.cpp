#include <cstdio>

#include "vfio/host/claim.h"
#include "vmm/cli/completion.h"
#include "vmm/cli/man_page.h"
#include "vmm/commands.h"
#include "vmm/config/compare_keys.h"
#include "vmm/config/load.h"
#include "vmm/foreseen_plan.h"
#include "vmm/inventory_text.h"
#include "vmm/plan_svg.h"
#include "vmm/plan_text.h"
#include "vmm/restored_text.h"

namespace vireo {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace

base::ExitCode show_plan(const std::string& file, PlanForm form) {
  Plan plan = foresee_plan(file);
  if (form == PlanForm::kSvg) look_at_neighbours(plan);
  print(form == PlanForm::kText ? plan_text(plan) : form == PlanForm::kJson ? plan_json(plan) : plan_svg(plan));
  std::fflush(stdout);
  if (form == PlanForm::kJson && !plan.conflicts.empty()) return plan.conflicts.front().code;
  require_feasible(plan);
  return base::ExitCode::kOk;
}

base::ExitCode restore_host(bool json) {
  const std::vector<host::Restored> restored = host::restore();
  print(json ? restored_json(restored) : restored_text(restored));
  for (const host::Restored& device : restored)
    if (!device.problem.empty()) return base::ExitCode::kDevice;
  return base::ExitCode::kOk;
}

base::ExitCode list_host(bool json, bool tree) {
  const std::vector<host::InventoryEntry> entries = host::read_inventory();
  print(json ? inventory_json(entries) : inventory_text(entries, tree));
  return base::ExitCode::kOk;
}

base::ExitCode show_schema(bool comparison) {
  print(comparison ? config::compare_schema() : config::json_schema());
  return base::ExitCode::kOk;
}

base::ExitCode show_completion(const cli::Command& program, const std::string& shell) {
  const auto completion = shell == "bash"  ? cli::bash_completion
                          : shell == "zsh" ? cli::zsh_completion
                                           : cli::fish_completion;
  print(completion(program));
  return base::ExitCode::kOk;
}

base::ExitCode show_man_page(const cli::Command& program) {
  print(cli::man_page(program, VIREO_VERSION, cli::kManProse));
  return base::ExitCode::kOk;
}

}  // namespace vireo
