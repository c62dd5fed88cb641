#include "vmm/compare/explanation.h"

#include <algorithm>

namespace vireo::compare {
namespace {

// The parts of both by the same names: where one of them does not tell the guest's time from KVM's, neither does.
Rates alike(const Rates& parts, const Rates& others) {
  if (!others.contains(kGuestAndKvm) || parts.contains(kGuestAndKvm)) return parts;
  Rates merged = parts;
  merged[kGuestAndKvm] = merged[kGuest] + merged[kKvm];
  merged.erase(kGuest);
  merged.erase(kKvm);
  return merged;
}

Rates parts_of(const CaseAnalysis& of, const CaseAnalysis& to) {
  if (of.parts.empty() || to.parts.empty()) return {};
  Rates parts = alike(of.parts, to.parts);
  for (const auto& [name, time] : alike(to.parts, of.parts)) parts[name] -= time;
  parts.erase(kPolling);
  parts[kSlower] = to.slower - of.slower;
  return parts;
}

}  // namespace

std::optional<Floor> floor_of(const Analysis& analysis) {
  const auto host =
      std::ranges::find_if(analysis.paths, [](const PathAnalysis& path) { return path.polled.has_value(); });
  const CaseAnalysis* own = host == analysis.paths.end() ? nullptr : host->find(kOneAtATime);
  if (own == nullptr) return std::nullopt;
  Floor floor = *host->polled;
  const double waking = own->p50.value - floor.time;
  floor.paths.push_back({.path = host->name, .added = waking, .parts = {{kWaking, waking}}});
  for (const PathAnalysis& path : analysis.paths) {
    const CaseAnalysis* one = path.find(kOneAtATime);
    if (one == nullptr || path.kind == PathKind::kHost) continue;
    Addition addition{.path = path.name, .added = one->p50.value - floor.time, .parts = parts_of(*one, *own)};
    addition.parts[kWaking] = waking;
    floor.paths.push_back(std::move(addition));
  }
  return floor;
}

std::vector<std::string> part_names(const Floor& floor) {
  std::vector<std::string> names;
  for (const char* name : {kWaking, kGuest, kKvm, kGuestAndKvm, kVireo, kHostWork, kSlower})
    if (std::ranges::any_of(floor.paths, [&](const Addition& addition) { return addition.parts.contains(name); }))
      names.emplace_back(name);
  return names;
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
                    .difference = ours->p50.value - theirs->p50.value,
                    .parts = parts_of(*ours, *theirs)};
    if (one.parts.empty()) continue;
    one.explained = one.difference == 0 ? 0 : total(one.parts) / one.difference;
    explanations.push_back(std::move(one));
  }
  return explanations;
}

}  // namespace vireo::compare
