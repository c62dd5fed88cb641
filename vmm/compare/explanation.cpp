#include "vmm/compare/explanation.h"

#include <algorithm>

namespace vireo::compare {
namespace {

// With one operation at a time an idle CPU waits for the device: that is the same on each path, and no cost.
bool is_waiting(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  return name.find("hlt") != std::string::npos || name.find("halt") != std::string::npos ||
         name.find("mwait") != std::string::npos;
}

Rates busy(const Rates& exit_time) {
  Rates rates;
  for (const auto& [name, time] : exit_time)
    if (!is_waiting(name)) rates.insert({name, time});
  return rates;
}

Rates difference(const Rates& of, const Rates& to) {
  Rates parts = of;
  for (const auto& [name, time] : to) parts[name] -= time;
  return parts;
}

Rates parts_of(const CaseAnalysis& of, const CaseAnalysis& to) {
  if (!of.events || !to.events) return {};
  if (!of.events->cpu.empty() && !to.events->cpu.empty()) return difference(of.events->cpu, to.events->cpu);
  return difference(busy(of.events->exit_time), busy(to.events->exit_time));
}

}  // namespace

std::optional<Floor> floor_of(const Analysis& analysis) {
  const auto host = std::ranges::find_if(analysis.paths, [](const PathAnalysis& path) {
    return path.kind == PathKind::kHost && path.find(kOneAtATime) != nullptr;
  });
  if (host == analysis.paths.end()) return std::nullopt;
  const CaseAnalysis& least = *host->find(kOneAtATime);
  Floor floor{.time = least.p50.value, .paths = {}};
  for (const PathAnalysis& path : analysis.paths) {
    const CaseAnalysis* one = path.find(kOneAtATime);
    if (one == nullptr || path.kind == PathKind::kHost) continue;
    floor.paths.push_back({.path = path.name, .added = one->p50.value - floor.time, .parts = parts_of(*one, least)});
  }
  return floor;
}

std::vector<Explanation> explain(const Analysis& analysis) {
  std::vector<Explanation> explanations;
  const PathAnalysis* reference = analysis.find(analysis.reference);
  const CaseAnalysis* theirs = reference == nullptr ? nullptr : reference->find(kOneAtATime);
  if (theirs == nullptr) return explanations;
  for (const PathAnalysis& path : analysis.paths) {
    const CaseAnalysis* ours = path.find(kOneAtATime);
    if (ours == nullptr || ours == theirs || path.kind == PathKind::kHost) continue;
    Explanation one{.path = path.name,
                    .reference = reference->name,
                    .difference = ours->mean - theirs->mean,
                    .parts = parts_of(*ours, *theirs)};
    if (one.parts.empty()) continue;
    one.explained = one.difference == 0 ? 0 : total(one.parts) / one.difference;
    explanations.push_back(std::move(one));
  }
  return explanations;
}

}  // namespace vireo::compare
