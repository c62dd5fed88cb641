#include "vmm/compare/result_json.h"

#include "vmm/compare/analysis_json.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

json latency_json(const agent::Histogram& latency) {
  json buckets = json::array();
  for (const agent::Histogram::Bucket& bucket : latency.buckets()) buckets.push_back({bucket.from, bucket.count});
  return {{"max", latency.maximum()}, {"buckets", std::move(buckets)}};
}

json window_json(const Window& window) {
  return {{"round", window.round},
          {"operations", window.operations},
          {"errors", window.errors},
          {"elapsed", window.elapsed},
          {"rate", window.rate},
          {"agent_user", window.agent_user},
          {"agent_system", window.agent_system},
          {"vmm_cpu", window.vmm_cpu},
          {"vcpu_cpu", window.vcpu_cpu},
          {"polling", window.polling},
          {"host_cpu", window.host_cpu},
          {"latest", window.latest},
          {"own", window.own},
          {"latency", latency_json(window.latency)}};
}

json events_json(const Events& events) {
  return {{"operations", events.operations}, {"elapsed", events.elapsed},
          {"exits", events.exits},           {"exit_time", events.exit_time},
          {"user_exits", events.user_exits}, {"calls", events.calls},
          {"interrupts", events.interrupts}, {"cpu", events.cpu},
          {"missing", events.missing}};
}

json case_json(const CaseResult& result) {
  json windows = json::array();
  for (const Window& window : result.windows) windows.push_back(window_json(window));
  return {{"depth", result.workload.depth},
          {"percent", result.workload.percent},
          {"windows", std::move(windows)},
          {"events", result.events ? events_json(*result.events) : json(nullptr)}};
}

json polled_json(const Polled& polled) {
  json windows = json::array();
  for (const Window& window : polled.windows) windows.push_back(window_json(window));
  return {{"poll_queue", polled.poll_queue}, {"windows", std::move(windows)}};
}

json path_json(const PathResult& path) {
  json cases = json::array();
  for (const CaseResult& result : path.cases) cases.push_back(case_json(result));
  return {{"name", path.name},         {"kind", kind_text(path.kind)},
          {"device", path.device},     {"failure", path.failure},
          {"cases", std::move(cases)}, {"polled", path.polled ? polled_json(*path.polled) : json(nullptr)}};
}

json environment_json(const Environment& environment) {
  return {
      {"vireo", environment.vireo},       {"kernel", environment.kernel}, {"guest_kernel", environment.guest_kernel},
      {"cpu", environment.cpu},           {"cpus", environment.cpus},     {"clock", environment.clock},
      {"emulated", environment.emulated}, {"agent", environment.agent},   {"governor", environment.governor}};
}

}  // namespace

std::string comparison_json(const Comparison& comparison, const Analysis& analysis) {
  json root{{"format", kFormat},
            {"medium", comparison.medium},
            {"medium_size", comparison.medium_size},
            {"operation", comparison.operation},
            {"started", comparison.started},
            {"duration", comparison.duration},
            {"rounds", comparison.rounds},
            {"cut_short", comparison.cut_short},
            {"environment", environment_json(comparison.environment)},
            {"warnings", comparison.warnings},
            {"paths", json::array()},
            {"analysis", analysis_json(analysis)}};
  for (const PathResult& path : comparison.paths) root["paths"].push_back(path_json(path));
  // Names of devices are bytes that need not be UTF-8.
  return root.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace vireo::compare
