#include "tests/unit/vmm/compare/comparison_fixture.h"

namespace vireo::compare {
namespace {

constexpr unsigned kRounds = 5;
constexpr uint64_t kOperations = 1000;

Events make_events(const PathLaw& law) {
  constexpr uint64_t kCounted = 1000;
  Events events{.operations = kCounted, .elapsed = kCounted * law.median};
  if (law.kind == PathKind::kHost) {
    events.cpu = {{"host", kCounted * law.cpu}};
    return events;
  }
  events.exits = {{"HLT", kCounted}, {"MSR_WRITE", kCounted * 3 / 100}};
  events.exit_time = {{"HLT", kCounted * law.median}, {"MSR_WRITE", kCounted * 20}};
  if (law.user_exits > 0) {
    events.exits["EPT_MISCONFIG"] = kCounted * law.user_exits / 100;
    events.exit_time["EPT_MISCONFIG"] = kCounted * law.cpu;
    events.user_exits = {{"MMIO", kCounted * law.user_exits / 100}};
    events.calls = {{"io_uring_enter", kCounted}, {"read", kCounted * 2}, {"write", kCounted}};
  }
  events.interrupts = {{law.kind == PathKind::kPassthrough ? "posted" : "irqfd", kCounted}};
  events.cpu = {{"guest", kCounted * law.cpu},
                {"KVM", kCounted * law.cpu / 4},
                {"vireo", law.user_exits > 0 ? kCounted * law.cpu / 2 : 0},
                {"host", kCounted * law.cpu / 8}};
  return events;
}

// An operation waits for those that were there before it; the more so, the busier the path is.
CaseResult make_case(const PathLaw& law, const Workload& workload) {
  CaseResult result{.workload = workload, .windows = {}, .events = {}};
  const uint64_t median =
      workload.percent == 0 ? law.median * (workload.depth + 1) / 2 : law.median * 100 / (130 - workload.percent);
  for (unsigned round = 0; round < kRounds; ++round) {
    Window window = make_window(round, median + median * (law.cpu / 1000 * (round + 3) % 7) / 400);
    window.elapsed = kOperations * median / workload.depth;
    window.rate = workload.percent == 0 ? 0 : workload.percent * 10'000'000 / law.median;
    window.agent_user = kOperations * 400;
    window.agent_system = kOperations * 2500;
    window.own = 400'000;
    // A fifth of a guest's CPUs is KVM's, and what another thread has beside them is half of that which they have.
    const uint64_t cpu = kOperations * law.cpu;
    const uint64_t polling = law.kind == PathKind::kHost ? 0 : kOperations * 250;
    window.vcpu_cpu = law.kind == PathKind::kHost ? cpu : cpu * 5 / 4 + polling;
    window.polling = polling;
    window.vmm_cpu = law.kind == PathKind::kHost ? 0 : window.vcpu_cpu + (law.user_exits > 0 ? cpu / 2 : 0);
    window.host_cpu = cpu / 8 + (law.kind == PathKind::kHost ? cpu : window.vmm_cpu);
    result.windows.push_back(std::move(window));
  }
  if (workload.percent == 0) result.events = make_events(law);
  return result;
}

}  // namespace

Window make_window(unsigned round, uint64_t median) {
  Window window{.round = round, .operations = kOperations, .elapsed = kOperations * median};
  constexpr uint64_t kHalf = kOperations / 2;
  for (uint64_t i = 0; i < kHalf; ++i) window.latency.add(median - median * i / 4 / kHalf);
  for (uint64_t i = 0; i + 10 < kHalf; ++i)
    window.latency.add(median + median * i * i * i / (2 * kHalf * kHalf * kHalf));
  for (uint64_t i = 0; i < 9; ++i) window.latency.add(median * (16 + i * i) / 10);
  window.latency.add(median * 8);
  return window;
}

PathResult make_path(const std::string& name, const PathLaw& law) {
  PathResult path{.name = name, .kind = law.kind, .device = "0000:01:00.0", .failure = {}, .cases = {}};
  for (const unsigned depth : {1, 4, 32}) path.cases.push_back(make_case(law, {.depth = depth}));
  if (law.kind == PathKind::kHost) {
    path.polled = Polled{.poll_queue = true, .windows = {}};
    for (unsigned round = 0; round < kRounds; ++round)
      path.polled->windows.push_back(make_window(round, law.median - law.cpu));
  }
  for (const unsigned percent : {30, 60, 90}) path.cases.push_back(make_case(law, {.depth = 1, .percent = percent}));
  return path;
}

Comparison make_comparison() {
  return {
      .medium = "0000:01:00.0, namespace 1",
      .medium_size = 1'073'741'824,
      .operation = "4 KiB random reads",
      .started = "2026-11-23T10:00:00Z",
      .duration = 300'000'000'000,
      .rounds = kRounds,
      .environment = {.vireo = "0.1.0",
                      .kernel = "6.12.57",
                      .guest_kernel = "6.12.57",
                      .cpu = "QEMU Virtual CPU",
                      .cpus = 2,
                      .clock = "tsc",
                      .emulated = "QEMU TCG",
                      .governor = {}},
      .paths = {make_path("host", {.kind = PathKind::kHost, .median = 60'000, .cpu = 8'000}),
                make_path("vf", {.kind = PathKind::kPassthrough, .median = 70'000, .cpu = 12'500}),
                make_path("virtio-blk",
                          {.kind = PathKind::kVirtio, .median = 133'000, .user_exits = 102, .cpu = 41'000}),
                make_path("nvme", {.kind = PathKind::kEmulated, .median = 196'000, .user_exits = 204, .cpu = 73'000})},
      .warnings = {}};
}

}  // namespace vireo::compare
