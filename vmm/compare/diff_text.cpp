#include <spdlog/fmt/fmt.h>

#include <array>

#include "vmm/compare/analysis_json.h"
#include "vmm/compare/diff.h"
#include "vmm/compare/table.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

std::vector<std::string> sentences(const Difference& difference, Verdict verdict) {
  std::vector<std::string> texts;
  for (const Change& change : difference.changes)
    if (change.verdict == verdict) texts.push_back(change.text);
  return texts;
}

json change_json(const Change& change) {
  return {{"path", change.path},       {"depth", change.workload.depth},    {"percent", change.workload.percent},
          {"measure", change.measure}, {"reason", change.reason},           {"before", change.before},
          {"after", change.after},     {"ratio", ratio_json(change.ratio)}, {"verdict", verdict_text(change.verdict)},
          {"text", change.text}};
}

}  // namespace

std::string_view verdict_text(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kTexts{"none", "changed", "improved", "regression"};
  return kTexts.at(static_cast<size_t>(verdict));
}

std::string difference_text(const Difference& difference) {
  std::vector<std::string> regressions = difference.failures;
  for (std::string& text : sentences(difference, Verdict::kRegression)) regressions.push_back(std::move(text));
  std::string text = list_text("Regressions", regressions);
  text += list_text("Improvements", sentences(difference, Verdict::kImproved));
  text += list_text("Other changes", sentences(difference, Verdict::kChanged));
  text += list_text("Changes without a verdict", sentences(difference, Verdict::kNone));
  text += list_text("Warnings", difference.warnings);
  return text + (difference.regressed ? count_text(regressions.size(), "regression") : "no regression") + "\n";
}

std::string difference_json(const Difference& difference) {
  json changes = json::array();
  for (const Change& change : difference.changes) changes.push_back(change_json(change));
  const json root{{"format", 1},
                  {"regressed", difference.regressed},
                  {"failures", difference.failures},
                  {"changes", std::move(changes)},
                  {"warnings", difference.warnings}};
  return root.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace vireo::compare
