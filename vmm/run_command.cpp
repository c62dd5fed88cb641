#include <signal.h>
#include <sys/signalfd.h>

#include "vfio/host/claim.h"
#include "vmm/base/log.h"
#include "vmm/commands.h"
#include "vmm/config/load.h"
#include "vmm/control_socket.h"
#include "vmm/device_selection.h"
#include "vmm/machine.h"
#include "vmm/plan_devices.h"

namespace vireo {
namespace {

using Kind = Outcome::Kind;

// Was it ignored by who started us? nohup does so, and a shell for what it runs in the background.
bool ignored(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

// The signals that end a program as events of the loop; blocked in every thread that is made later.
class Signals {
 public:
  Signals(platform::EventLoop& loop, Verdict& verdict) : loop_(loop) {
    ::sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGQUIT}) ::sigaddset(&set_, signal);
    for (const int signal : {SIGINT, SIGHUP})
      if (!ignored(signal)) ::sigaddset(&set_, signal);
    // Blocked and never read: a reader that is gone is an error of write(2), no more.
    sigset_t blocked = set_;
    ::sigaddset(&blocked, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    fd_ = base::Fd(::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK));
    loop_.watch(fd_.get(), [this, &verdict](uint32_t) {
      signalfd_siginfo info{};
      if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
      verdict.reach(info.ssi_signo == SIGINT ? Kind::kInterrupted : Kind::kTerminated);
    });
  }
  ~Signals() { loop_.unwatch(fd_.get()); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  platform::EventLoop& loop_;
  sigset_t set_{};
  base::Fd fd_;
};

std::vector<host::ClaimedDevice> claimed_devices(const Plan& plan) {
  std::vector<host::ClaimedDevice> devices;
  for (const auto& [address, facts] : plan.devices) {
    const config::DeviceConfig& device = device_config(plan.config, address);
    devices.push_back(
        {.address = address, .driver = device.driver, .power = device.power, .bar_sizes = device.bar_sizes});
    if (const auto methods = plan.reset_methods.find(address); methods != plan.reset_methods.end())
      devices.back().attributes.emplace_back("reset_method", methods->second);
  }
  for (const std::string& address : plan.companions) devices.push_back({.address = address});
  return devices;
}

void print_timings(const Phases& phases, RunOptions::Timings format) {
  if (format == RunOptions::Timings::kNone) return;
  const std::string text = format == RunOptions::Timings::kJson ? phases.json() + "\n" : phases.text();
  std::fwrite(text.data(), 1, text.size(), stderr);
}

struct MachineRun {
  Outcome outcome;
  std::vector<std::string> lost;  // devices that were detached
};

MachineRun run_machine(const Plan& plan, const MachineSurroundings& surroundings, ControlSocket& control,
                       RunOptions::Timings timings) {
  Machine machine(plan, surroundings);
  machine.start();
  print_timings(surroundings.phases, timings);
  control.serve([&machine] { return machine.describe(); });
  Outcome outcome = machine.wait();
  control.serve({});
  return {std::move(outcome), machine.lost()};
}

// A guest reboot is a new machine on the same claims: devices reset as they are opened again, memory is new. What it
// has lost stays lost.
Outcome run_until_end(const Plan& plan, const MachineSurroundings& surroundings, RunOptions::Timings timings) {
  ControlSocket control(plan.config.name, surroundings.loop);
  MachineRun run = run_machine(plan, surroundings, control, timings);
  Plan smaller;
  const Plan* left = &plan;
  while (run.outcome.kind == Kind::kReset && plan.config.on_reboot == config::OnReboot::kReboot) {
    spdlog::info("{}: the guest rebooted", plan.config.name);
    if (!run.lost.empty()) {
      smaller = without_devices(*left, run.lost);
      left = &smaller;
    }
    Phases unseen;
    run = run_machine(*left,
                      {.loop = surroundings.loop,
                       .console = surroundings.console,
                       .verdict = surroundings.verdict,
                       .phases = unseen,
                       .disks = surroundings.disks,
                       .firmware = surroundings.firmware,
                       .let_go = surroundings.let_go},
                      control, RunOptions::Timings::kNone);
  }
  return run.outcome;
}

boot::Firmware open_firmware(const Plan& plan) {
  const config::BootConfig& boot = plan.config.boot;
  return boot.firmware.empty() ? boot::Firmware{} : boot::open_firmware(boot::firmware_files(boot.firmware, boot.vars));
}

void log_outcome(const Plan& plan, const Outcome& outcome) {
  const std::string detail = outcome.detail.empty() ? "" : " (" + outcome.detail + ")";
  if (outcome.kind == Kind::kHostFailed || outcome.kind == Kind::kCrash || outcome.kind == Kind::kDeviceLost)
    spdlog::error("{}: {}{}", plan.config.name, sentence(outcome.kind), detail);
  else
    spdlog::info("{}: {}{}", plan.config.name, sentence(outcome.kind), detail);
}

}  // namespace

base::ExitCode run_guest(const RunOptions& options) {
  Phases phases;
  const uint64_t parse_start = Phases::now();
  // It may be a FIFO that nobody writes to: a signal still ends vireo.
  config::Config config = config::load(options.file);
  platform::EventLoop loop;
  Verdict verdict(loop);
  // From here on a signal ends nothing half-way.
  const Signals signals(loop, verdict);
  host::Claim claim(config.name);
  select_devices(config, claim);
  const Plan plan = make_plan(config, look_around(config));
  phases.add("parse and plan", parse_start, Phases::now());
  require_feasible(plan);
  for (const std::string& remark : plan.remarks) spdlog::warn("{}: {}", plan.config.name, remark);
  const Disks disks = open_disks(plan);
  const boot::Firmware firmware = open_firmware(plan);
  const uint64_t claim_start = Phases::now();
  claim.take(claimed_devices(plan));
  phases.add("claim", claim_start, Phases::now());
  Console console(plan.config.console, loop, [&verdict] { verdict.reach(Kind::kQuit); });
  const Outcome outcome = run_until_end(plan,
                                        {.loop = loop,
                                         .console = console,
                                         .verdict = verdict,
                                         .phases = phases,
                                         .disks = disks,
                                         .firmware = firmware,
                                         .let_go = [&claim](const std::string& address) { claim.let_go(address); }},
                                        options.timings);
  boot::sync_variables(firmware.variables);
  log_outcome(plan, outcome);
  return exit_code(outcome);
}

}  // namespace vireo
