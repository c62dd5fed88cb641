#include "vmm/compare/histogram_csv.h"

#include <spdlog/fmt/fmt.h>

namespace vireo::compare {
namespace {

// RFC 4180 2: in quotes where it must be, quotes doubled. A spreadsheet computes what begins with one of "=+-@".
std::string cell(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) text.insert(0, "'");
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string histograms_csv(const Comparison& comparison) {
  std::string text = "path,depth,percent,round,from_ns,to_ns,count,host\n";
  const std::string& emulated = comparison.environment.emulated;
  const std::string host = cell(emulated.empty() ? "hardware" : emulated);
  for (const PathResult& path : comparison.paths)
    for (const CaseResult& one : path.cases)
      for (const Window& window : one.windows)
        for (const agent::Histogram::Bucket& bucket : window.latency.buckets())
          text += fmt::format("{},{},{},{},{},{},{},{}\n", cell(path.name), one.workload.depth, one.workload.percent,
                              window.round, bucket.from, bucket.to, bucket.count, host);
  return text;
}

}  // namespace vireo::compare
