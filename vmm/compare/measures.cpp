#include "vmm/compare/measures.h"

#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

Measure quantile(const char* name, Value CaseAnalysis::*value, double share) {
  return {name, value,
          [share](const Rounds& rounds, const Weights& weights) { return rounds.quantile(share, weights); }};
}

Measure time(const char* name, Value CaseAnalysis::*value, uint64_t Window::*window_time) {
  return {name, value, [window_time](const Rounds& rounds, const Weights& weights) {
            return rounds.per_operation(window_time, weights);
          }};
}

double throughput(const Rounds& rounds, const Weights& weights) {
  return rounds.throughput(weights);
}

}  // namespace

const std::vector<Measure>& measures() {
  static const std::vector<Measure> kMeasures{
      quantile("p50", &CaseAnalysis::p50, 0.5),
      quantile("p90", &CaseAnalysis::p90, 0.9),
      quantile("p99", &CaseAnalysis::p99, 0.99),
      quantile("p99.9", &CaseAnalysis::p999, 0.999),
      {"throughput", &CaseAnalysis::throughput, throughput},
      time("CPU time of the agent", &CaseAnalysis::agent_user, &Window::agent_user),
      time("CPU time of the agent's kernel", &CaseAnalysis::agent_system, &Window::agent_system),
      time("CPU time of vireo's threads", &CaseAnalysis::vmm_cpu, &Window::vmm_cpu),
      time("CPU time of the host", &CaseAnalysis::host_cpu, &Window::host_cpu)};
  return kMeasures;
}

std::string value_text(const Measure& measure, double value) {
  return measure.value == &CaseAnalysis::throughput ? rate_text(value) + "/s" : duration_text(value);
}

}  // namespace vireo::compare
