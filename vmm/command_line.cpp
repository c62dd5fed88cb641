#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "vmm/base/log.h"
#include "vmm/commands.h"
#include "vmm/config/vf_keys.h"

namespace vireo {
namespace {

using base::ExitCode;

// What the command line chose; set by the options' callbacks.
struct Choice {
  RunOptions run;
  std::string timings;
  std::string plan_file;
  std::string guest;
  std::string shell;
  std::string schema = "guest";
  std::string log_level = "warn";
  VfOptions vf;
  DoctorOptions doctor;
  CompareOptions compare;
  bool json = false;
  bool tree = false;
  bool svg = false;
};

// The verbs of `vireo host vf`, and what each runs.
struct VfVerb {
  const char* name;
  const char* help;
  base::ExitCode (*run)(const VfOptions& options);
  enum class Of { kAll, kPf, kVf } of;
};
constexpr std::array kVfVerbs{
    VfVerb{"create", "Make VFs that stay, and keep the host's drivers from them", create_host_vfs, VfVerb::Of::kPf},
    VfVerb{"set", "Hold a VF to what `ip link set vf` can say, or give an NVMe VF queues, interrupts and namespaces",
           set_host_vf, VfVerb::Of::kVf},
    VfVerb{"list", "Show the VFs, who has them and what they are held to", list_host_vfs, VfVerb::Of::kAll},
    VfVerb{"release", "Give a VF back what it had before it was set", release_host_vf, VfVerb::Of::kVf},
    VfVerb{"destroy", "Release all VFs of a PF and take them away, none in use", destroy_host_vfs, VfVerb::Of::kPf},
};

void define_vf_verbs(CLI::App& host, VfOptions& options) {
  auto* vf = host.add_subcommand("vf", "Virtual functions that stay until they are destroyed")->require_subcommand(1);
  for (const VfVerb& verb : kVfVerbs) {
    auto* command = vf->add_subcommand(verb.name, verb.help);
    command->add_option("PF", options.physical_function, "the PF: its address, network interface or NVMe controller")
        ->required(verb.of != VfVerb::Of::kAll);
    if (verb.of == VfVerb::Of::kVf) command->add_option("INDEX", options.index, "the VF, from 0")->required();
    command->add_flag("--json", options.json, "for programs");
  }
  vf->get_subcommand("create")->add_option("COUNT", options.count, "how many")->required()->check(CLI::PositiveNumber);
  vf->get_subcommand("set")
      ->add_option("SETTINGS", options.settings,
                   "keys and values: mac 52:54:00:12:34:56 vlan 10; queues 3 interrupts 2 namespaces 1,2")
      ->required();
}

base::ExitCode run_vf_verb(const CLI::App& vf, const VfOptions& options) {
  const auto* verb = std::ranges::find_if(kVfVerbs, [&](const VfVerb& one) { return vf.got_subcommand(one.name); });
  return verb->run(options);
}

void define_doctor(CLI::App& app, DoctorOptions& options) {
  auto* doctor = app.add_subcommand("doctor", "Say what stands between this host and a guest, and what mends it");
  doctor->add_option("FILE", options.file, "a guest's YAML file: look at what it needs, too");
  auto* fix = doctor->add_flag("--fix", options.fix, "do what is safe and gone with a reboot, after asking");
  doctor->add_flag("--yes", options.yes, "do not ask")->needs(fix);
  doctor->add_flag("--json", options.json, "for programs")->excludes(fix);
}

void define_compare(CLI::App& app, CompareOptions& options) {
  auto* compare = app.add_subcommand("compare", "Measure what each path of a guest's I/O to one medium costs");
  compare->add_option("FILE", options.file, "the comparison's YAML file");
  auto* nvme =
      compare->add_option("--nvme", options.nvme, "the NVMe controller whose medium it is, in place of the file's")
          ->type_name("CONTROLLER");
  compare->add_option("--disk", options.disk, "a block device or an image that is the medium")
      ->type_name("PATH")
      ->excludes(nvme);
  compare->add_option("--nic", options.nic, "the network device that is compared: its interface or its address")
      ->type_name("INTERFACE")
      ->excludes(nvme);
  compare->add_option("--peer", options.peer, "the interface at its other end, which answers; nobody may use it")
      ->type_name("INTERFACE");
  compare->add_option("--agent", options.agent, "what does a disk's I/O: vireo's own agent (vireo) or the host's fio")
      ->type_name("AGENT")
      ->check(CLI::IsMember({"vireo", "fio"}));
  compare->add_flag("--destructive", options.destructive, "the medium may be overwritten, where the file says write");
  compare->add_option("--save", options.save, "keep all that was measured, as JSON, for --diff")->type_name("FILE");
  compare->add_option("--report", options.report, "a page with pictures, for a browser")->type_name("FILE");
  compare->add_option("--csv", options.csv, "the histograms, for a spreadsheet")->type_name("FILE");
  compare->add_option("--diff", options.difference, "say what changed between two saved comparisons; measure nothing")
      ->type_name("OLD NEW")
      ->expected(2);
  compare->add_flag("--json", options.json, "for programs");
}

void define_options(CLI::App& app, Choice& choice) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "vireo " VIREO_VERSION);
  app.add_option("--log-level", choice.log_level, "error, warn (the default), info, debug or trace; to standard error")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"error", "warn", "info", "debug", "trace"}));
  auto* run = app.add_subcommand("run", "Start the guest of a YAML file; Ctrl-A x on a terminal ends it");
  run->add_option("FILE", choice.run.file, "the guest's YAML file")->required();
  run->add_option("--timings", choice.timings, "print how long each phase of the start took: text or json")
      ->expected(0, 1)
      ->default_str("text")
      ->type_name("FORM")
      ->check(CLI::IsMember({"text", "json"}));
  auto* plan = app.add_subcommand("plan", "Show what `run` would do, and every conflict, without doing it");
  plan->add_option("FILE", choice.plan_file, "the guest's YAML file")->required();
  plan->add_flag("--json", choice.json, "for programs");
  plan->add_flag("--svg", choice.svg, "as a picture: the host's PCIe topology beside the guest's")->excludes("--json");
  auto* show = app.add_subcommand("show", "Show the guests that run; with a name, its devices and their interrupts");
  show->add_option("NAME", choice.guest, "the guest's name");
  show->add_flag("--json", choice.json, "for programs");
  auto* host = app.add_subcommand("host", "The host's devices")->require_subcommand(1);
  auto* list = host->add_subcommand("list", "Show the host's PCI functions, who uses them, and which a guest can have");
  list->add_flag("--json", choice.json, "for programs");
  list->add_flag("--tree", choice.tree, "below the bridges that they are behind")->excludes("--json");
  auto* restore = host->add_subcommand("restore", "Put devices back that a killed vireo left claimed");
  restore->add_flag("--json", choice.json, "for programs");
  define_vf_verbs(*host, choice.vf);
  define_doctor(app, choice.doctor);
  define_compare(app, choice.compare);
  app.add_subcommand("schema", "Print the JSON Schema of a YAML file, for editors")
      ->add_option("OF", choice.schema, "guest (if not said) or comparison")
      ->check(CLI::IsMember({"guest", "comparison"}));
  app.add_subcommand("completion", "Print a shell's completion script")
      ->add_option("SHELL", choice.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  app.add_subcommand("man", "Print the man page");
}

cli::Hint settings_hint() {
  cli::Hint hint{.name = "SETTINGS", .kind = cli::Kind::kPairs, .choices = {}};
  for (config::VfSetting& setting : config::vf_settings()) {
    hint.choices.push_back(setting.name);
    if (!setting.choices.empty()) hint.pair_values.emplace(setting.name, std::move(setting.choices));
  }
  return hint;
}

// What a shell can list for a positional or an option; the others are words of the user's own, or have their choices
// above.
std::vector<cli::Hint> value_hints() {
  return {
      {"FILE", cli::Kind::kYamlFile, {}}, {"NAME", cli::Kind::kGuest, {}},          {"--save", cli::Kind::kFile, {}},
      {"--report", cli::Kind::kFile, {}}, {"--csv", cli::Kind::kFile, {}},          {"--diff", cli::Kind::kFile, {}},
      {"--disk", cli::Kind::kFile, {}},   {"PF", cli::Kind::kPhysicalFunction, {}}, settings_hint()};
}

ExitCode dispatch(const CLI::App& app, Choice& choice) {
  if (app.got_subcommand("run")) {
    if (choice.timings == "json") choice.run.timings = RunOptions::Timings::kJson;
    if (choice.timings == "text") choice.run.timings = RunOptions::Timings::kText;
    return run_guest(choice.run);
  }
  if (app.got_subcommand("plan"))
    return show_plan(choice.plan_file, choice.json ? PlanForm::kJson : choice.svg ? PlanForm::kSvg : PlanForm::kText);
  if (app.got_subcommand("show")) return show_guests(choice.guest, choice.json);
  if (app.got_subcommand("host")) {
    const CLI::App& host = *app.get_subcommand("host");
    if (host.got_subcommand("vf")) return run_vf_verb(*host.get_subcommand("vf"), choice.vf);
    return host.got_subcommand("list") ? list_host(choice.json, choice.tree) : restore_host(choice.json);
  }
  if (app.got_subcommand("completion")) return show_completion(cli::read_command(app, value_hints()), choice.shell);
  if (app.got_subcommand("man")) return show_man_page(cli::read_command(app, value_hints()));
  if (app.got_subcommand("compare")) return run_compare(choice.compare);
  return app.got_subcommand("doctor") ? run_doctor(choice.doctor) : show_schema(choice.schema == "comparison");
}

}  // namespace

ExitCode run_command_line(int argc, char** argv) {
  CLI::App app("vireo: guests that own real hardware", "vireo");
  Choice choice;
  define_options(app, choice);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitCode::kOk : ExitCode::kUsage;
  }
  base::set_up_log(spdlog::level::from_str(choice.log_level));
  return dispatch(app, choice);
}

}  // namespace vireo
