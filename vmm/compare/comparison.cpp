#include "vmm/compare/comparison.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "vmm/base/fd.h"
#include "vmm/compare/agent_image.h"
#include "vmm/compare/environment.h"
#include "vmm/compare/paths.h"
#include "vmm/compare/scratch.h"

namespace vireo::compare {
namespace {

using base::ExitCode;

// The agent as a file that can be run, wherever files may not be.
base::Fd agent_file() {
  base::Fd file(::memfd_create("vireo-agent", MFD_CLOEXEC));
  const auto image = agent_image();
  if (!file || ::write(file.get(), image.data(), image.size()) != static_cast<ssize_t>(image.size()))
    throw base::SystemError(ExitCode::kHost, "memfd_create for the agent", errno);
  return file;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

void require_leave(const ComparisonSettings& settings, const Medium& medium) {
  if (settings.config.writes() && !settings.destructive)
    throw base::Error(ExitCode::kUsage, "operation: write would overwrite " + medium.text(),
                      "vireo compare --destructive, where nothing on it is needed any more");
}

ScheduleSettings schedule_of(const config::CompareConfig& config, const Medium& medium) {
  ScheduleSettings settings{.order = medium.order(),
                            .depths = config.depths,
                            .loads = config.loads,
                            .rounds = config.rounds,
                            .count_events = config.count_events};
  settings.order.operations = config.operations;
  settings.order.nanoseconds = config.window;
  settings.order.warm_up = 200;
  settings.order.seed = config.seed;
  return settings;
}

std::vector<Contender> prepare(const config::CompareConfig& config, const Medium& medium, const GuestFiles& files,
                               const StopSignal& stop) {
  std::vector<Contender> contenders;
  for (const std::string& name : config.paths.empty() ? medium.paths() : config.paths)
    contenders.push_back(prepare_path(name, config, medium, files, stop));
  return contenders;
}

// Who measures, where, what: all that is known before anything was measured.
Comparison describe(const ComparisonSettings& settings, const Medium& medium, const GuestFiles& files) {
  Comparison comparison{.medium = medium.text(),
                        .medium_size = medium.order().span,
                        .operation = medium.operation(),
                        .started = utc_now(),
                        .rounds = settings.config.rounds,
                        .environment = read_environment()};
  comparison.environment.vireo = settings.version;
  comparison.environment.guest_kernel = settings.config.image.empty() ? files.kernel : "in " + settings.config.image;
  if (files.fio) comparison.environment.agent = files.fio->version + " by " + files.fio->engine;
  return comparison;
}

}  // namespace

Comparison run_comparison(const ComparisonSettings& settings) {
  const config::CompareConfig& config = settings.config;
  const std::unique_ptr<Medium> medium = find_medium(config);
  require_leave(settings, *medium);
  const ScheduleSettings schedule = schedule_of(config, *medium);
  GuestFiles files = find_guest_files(config);
  const base::Fd agent = agent_file();
  const StopSignal stop;
  const Scratch scratch;
  files.folder = scratch.path();
  files.agent = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(agent.get());
  if (config.by_fio) files.fio = find_fio(files.folder, stop);
  std::vector<Contender> contenders = prepare(config, *medium, files, stop);
  medium->open(files, stop);
  Comparison comparison = describe(settings, *medium, files);
  const auto begin = std::chrono::steady_clock::now();
  HostWatch watch;
  comparison.cut_short = measure(contenders, schedule, [&](const Step& step) {
    watch.look();
    settings.watcher(step);
  });
  comparison.duration = static_cast<uint64_t>((std::chrono::steady_clock::now() - begin).count());
  comparison.warnings = watch.warnings();
  for (std::string& warning : medium->warnings()) comparison.warnings.push_back(std::move(warning));
  for (Contender& contender : contenders) comparison.paths.push_back(std::move(contender.result));
  return comparison;
}

}  // namespace vireo::compare
