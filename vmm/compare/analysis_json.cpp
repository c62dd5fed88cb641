#include "vmm/compare/analysis_json.h"

namespace vireo::compare {
namespace {

json value_json(const Value& value) {
  return {{"value", value.value}, {"ratio", ratio_json(value.ratio)}};
}

json rates_json(const std::optional<EventRates>& rates) {
  if (!rates) return nullptr;
  return {{"exits", rates->exits}, {"exit_time", rates->exit_time},   {"user_exits", rates->user_exits},
          {"calls", rates->calls}, {"interrupts", rates->interrupts}, {"cpu", rates->cpu}};
}

json case_json(const CaseAnalysis& one) {
  return {{"depth", one.workload.depth},
          {"percent", one.workload.percent},
          {"rounds", one.rounds},
          {"operations", one.operations},
          {"errors", one.errors},
          {"p50", value_json(one.p50)},
          {"p90", value_json(one.p90)},
          {"p99", value_json(one.p99)},
          {"p99.9", value_json(one.p999)},
          {"max", one.maximum},
          {"mean", one.mean},
          {"throughput", value_json(one.throughput)},
          {"agent_user", value_json(one.agent_user)},
          {"agent_system", value_json(one.agent_system)},
          {"vmm_cpu", value_json(one.vmm_cpu)},
          {"host_cpu", value_json(one.host_cpu)},
          {"own", one.own},
          {"parts", one.parts},
          {"slower", one.slower},
          {"unrest", one.unrest},
          {"events", rates_json(one.events)}};
}

json floor_json(const std::optional<Floor>& floor) {
  if (!floor) return nullptr;
  json paths = json::array();
  for (const Addition& addition : floor->paths)
    paths.push_back({{"path", addition.path}, {"added", addition.added}, {"parts", addition.parts}});
  return {
      {"time", floor->time}, {"poll_queue", floor->poll_queue}, {"rounds", floor->rounds}, {"paths", std::move(paths)}};
}

json agent_json(const std::optional<AgentCost>& agent) {
  if (!agent) return nullptr;
  return {{"path", agent->path}, {"time", agent->time}, {"share", agent->share}};
}

}  // namespace

json ratio_json(const std::optional<Ratio>& ratio) {
  if (!ratio) return nullptr;
  return {{"value", ratio->value},
          {"low", ratio->interval ? json(ratio->interval->low) : json(nullptr)},
          {"high", ratio->interval ? json(ratio->interval->high) : json(nullptr)},
          {"differs", ratio->differs()}};
}

json analysis_json(const Analysis& analysis) {
  json paths = json::array();
  for (const PathAnalysis& path : analysis.paths) {
    json cases = json::array();
    for (const CaseAnalysis& one : path.cases) cases.push_back(case_json(one));
    paths.push_back({{"name", path.name}, {"cases", std::move(cases)}});
  }
  json headline = json::array();
  for (const HeadlineEntry& entry : analysis.headline)
    headline.push_back({{"path", entry.path}, {"p50", entry.p50}, {"ratio", entry.ratio}});
  json explanations = json::array();
  for (const Explanation& one : analysis.explanations)
    explanations.push_back({{"path", one.path},
                            {"reference", one.reference},
                            {"difference", one.difference},
                            {"parts", one.parts},
                            {"explained", one.explained}});
  return {{"reference", analysis.reference},         {"headline", std::move(headline)},
          {"floor", floor_json(analysis.floor)},     {"agent", agent_json(analysis.agent)},
          {"explanations", std::move(explanations)}, {"findings", analysis.findings},
          {"warnings", analysis.warnings},           {"paths", std::move(paths)}};
}

}  // namespace vireo::compare
