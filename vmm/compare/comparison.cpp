#include "vmm/compare/comparison.h"

#include <fcntl.h>
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
#include "vmm/config/units.h"

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

void require_leave(const ComparisonSettings& settings, const HostMedium& medium) {
  if (settings.config.writes && !settings.destructive)
    throw base::Error(ExitCode::kUsage, "operation: write would overwrite " + medium.text,
                      "vireo compare --destructive, where nothing on it is needed any more");
}

ScheduleSettings schedule_of(const config::CompareConfig& config, const std::string& node) {
  constexpr uint64_t kMostByDefault = base::kGiB;
  const base::Fd medium = base::open_file(node, O_RDONLY, ExitCode::kDevice);
  const auto end = static_cast<uint64_t>(std::max<off_t>(::lseek(medium.get(), 0, SEEK_END), 0));
  const uint64_t left = end - std::min(end, config.first);
  const uint64_t size = config.size != 0 ? config.size : std::min(left, kMostByDefault) / config.block * config.block;
  if (size == 0 || size > left)
    throw base::Error(ExitCode::kConfig, "the range ends beyond the medium, which has " + config::format_size(end),
                      "range: {first: ..., size: ...} within it");
  return {.order = {.operation = config.writes ? agent::Operation::kWrite : agent::Operation::kRead,
                    .block = config.block,
                    .first = config.first,
                    .span = size,
                    .operations = config.operations,
                    .nanoseconds = config.window,
                    .warm_up = 200,
                    .seed = config.seed},
          .depths = config.depths,
          .loads = config.loads,
          .rounds = config.rounds,
          .count_events = config.count_events};
}

std::vector<Contender> prepare(const config::CompareConfig& config, const HostMedium& medium, const GuestFiles& files,
                               const StopSignal& stop) {
  std::vector<Contender> contenders;
  for (const std::string& name : path_names(config, medium))
    contenders.push_back(prepare_path(name, config, medium, files, stop));
  return contenders;
}

// Who measures, where, what: all that is known before anything was measured.
Comparison describe(const ComparisonSettings& settings, const HostMedium& medium, const GuestFiles& files) {
  const config::CompareConfig& config = settings.config;
  Comparison comparison{
      .medium = medium.text,
      .operation = config::format_size(config.block) + " random " + (config.writes ? "writes" : "reads"),
      .started = utc_now(),
      .rounds = config.rounds,
      .environment = read_environment()};
  comparison.environment.vireo = settings.version;
  comparison.environment.guest_kernel = files.kernel;
  return comparison;
}

}  // namespace

Comparison run_comparison(const ComparisonSettings& settings) {
  const config::CompareConfig& config = settings.config;
  const HostMedium medium = find_medium(config);
  require_leave(settings, medium);
  const ScheduleSettings schedule = schedule_of(config, medium.node);
  GuestFiles files = find_guest_files(config);
  const base::Fd agent = agent_file();
  const StopSignal stop;
  const Scratch scratch;
  files.folder = scratch.path();
  files.agent = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(agent.get());
  std::vector<Contender> contenders = prepare(config, medium, files, stop);
  Comparison comparison = describe(settings, medium, files);
  comparison.medium_size = schedule.order.span;
  const auto begin = std::chrono::steady_clock::now();
  HostWatch watch;
  comparison.cut_short = measure(contenders, schedule, [&](const Step& step) {
    watch.look();
    settings.watcher(step);
  });
  comparison.duration = static_cast<uint64_t>((std::chrono::steady_clock::now() - begin).count());
  comparison.warnings = watch.warnings();
  if (const auto warning = scheduler_warning(medium.node)) comparison.warnings.push_back(*warning);
  for (Contender& contender : contenders) comparison.paths.push_back(std::move(contender.result));
  return comparison;
}

}  // namespace vireo::compare
