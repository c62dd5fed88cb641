#include "vmm/compare/agent/fio_output.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "vmm/base/error.h"

namespace vireo::agent {
namespace {

using nlohmann::json;

constexpr uint64_t kMost = uint64_t{1} << 50;
constexpr uint64_t kMillisecond = 1'000'000;

[[noreturn]] void refuse(const std::string& what) {
  throw base::Error(base::ExitCode::kHost, "fio's output " + what);
}

const json& member(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) refuse(std::string("has no \"") + key + "\"");
  return object[key];
}

uint64_t number_of(const json& value, const char* key) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > kMost)
    refuse(std::string("has a \"") + key + "\" that cannot be");
  return value.get<uint64_t>();
}

uint64_t number(const json& object, const char* key) {
  return number_of(member(object, key), key);
}

json tree_of(std::string_view text) {
  const size_t begin = text.starts_with("{") ? 0 : text.find("\n{");
  if (begin == std::string_view::npos) refuse("has no JSON");
  json tree = json::parse(text.substr(begin), nullptr, false);
  if (tree.is_discarded()) refuse("is cut off, or no JSON");
  return tree;
}

const json& job_of(const json& tree) {
  const json& jobs = member(tree, "jobs");
  if (!jobs.is_array() || jobs.size() != 1) refuse("has not one job");
  const json& job = jobs[0];
  if (const uint64_t error = number(job, "error"); error != 0)
    throw base::Error(base::ExitCode::kHost, std::string("fio failed: ") + std::strerror(static_cast<int>(error)));
  return job;
}

// Each bin by the time that fio names it by, its middle, which may be above all that was counted.
Histogram latency_of(const json& latency) {
  const uint64_t count = number(latency, "N");
  Histogram histogram;
  if (count == 0) return histogram;
  const uint64_t maximum = number(latency, "max");
  const json& bins = member(latency, "bins");
  if (!bins.is_object()) refuse("has no bins");
  std::map<uint64_t, uint64_t> counts;
  uint64_t counted = 0;
  for (const auto& [key, value] : bins.items()) {
    uint64_t time = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), time);
    if (error != std::errc() || end != key.data() + key.size()) refuse("has a bin that is no time");
    const uint64_t times = number_of(value, "bins");
    counts[std::min(time, maximum)] += times;
    counted += times;
    if (counted > count) break;
  }
  if (counted != count) refuse("has bins that are not all that was counted");
  std::erase_if(counts, [](const auto& bin) { return bin.second == 0; });
  --counts.rbegin()->second;  // of the last bin, one is known to be the maximum
  ++counts[maximum];
  for (const auto& [time, times] : counts) histogram.add(time, times);
  return histogram;
}

// A percentage of the job's time.
uint64_t cpu_time(const json& job, const char* key) {
  const json& share = member(job, key);
  const double percent = share.is_number() ? share.get<double>() : -1;
  if (!(percent >= 0 && percent <= 1e5)) refuse(std::string("has a \"") + key + "\" that cannot be");
  return static_cast<uint64_t>(std::llround(percent / 100 * static_cast<double>(number(job, "job_runtime")) *
                                            static_cast<double>(kMillisecond)));
}

}  // namespace

FioFigures parse_fio(std::string_view text, Operation operation) {
  const json tree = tree_of(text);
  const json& job = job_of(tree);
  const json& side = member(job, operation == Operation::kWrite ? "write" : "read");
  FioFigures figures{.counts = {}, .latency = latency_of(member(side, "lat_ns"))};
  figures.counts.operations = figures.latency.count();
  if (job.contains("total_err")) figures.counts.errors = number(job, "total_err");
  // Of what took less than a millisecond, fio says 0.
  figures.counts.elapsed = std::max<uint64_t>(number(side, "runtime"), 1) * kMillisecond;
  figures.counts.user = cpu_time(job, "usr_cpu");
  figures.counts.system = cpu_time(job, "sys_cpu");
  return figures;
}

}  // namespace vireo::agent
