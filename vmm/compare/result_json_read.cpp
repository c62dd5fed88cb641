// A file of a comparison may come from anywhere: each member is looked at before it is used, and nothing is sized by
// it.
#include <spdlog/fmt/fmt.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "vmm/base/error.h"
#include "vmm/compare/result_json.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

using nlohmann::json;

// A window's histogram may take sixty kilobytes whatever it takes in the file.
constexpr size_t kMostWindows = 10'000;
// Sums of counts and of times stay below what 64 bits have: 2^50 nanoseconds are 13 days.
constexpr uint64_t kMost = uint64_t{1} << 50;

// A value and where it stands.
class Node {
 public:
  Node(const json& value, const std::string& file, std::string path = {})
      : value_(value), file_(file), path_(std::move(path)) {}

  [[noreturn]] void refuse(const std::string& what) const {
    throw base::Error(base::ExitCode::kConfig,
                      fmt::format("{}: {}: {}", file_, path_.empty() ? "the file" : path_, what),
                      "Give a file that `vireo compare --json` made and nobody has changed.");
  }

  Node operator[](const char* key) const {
    if (!value_.is_object()) refuse("must be an object");
    const auto member = value_.find(key);
    if (member == value_.end()) refuse(fmt::format("has no \"{}\"", key));
    return {*member, file_, path_.empty() ? key : path_ + "." + key};
  }
  bool is_null() const { return value_.is_null(); }

  uint64_t number(uint64_t most = kMost) const {
    if (!value_.is_number_unsigned()) refuse("must be a whole number of 0 or more");
    const auto number = value_.get<uint64_t>();
    if (number > most) refuse(fmt::format("must be at most {}", most));
    return number;
  }
  unsigned small_number() const { return static_cast<unsigned>(number(std::numeric_limits<unsigned>::max())); }
  std::string text() const {
    if (!value_.is_string()) refuse("must be a text");
    return value_.get<std::string>();
  }
  bool flag() const {
    if (!value_.is_boolean()) refuse("must be true or false");
    return value_.get<bool>();
  }
  // Visit each of a list's values.
  template <typename Visit>
  void each(Visit visit) const {
    if (!value_.is_array()) refuse("must be a list");
    for (size_t i = 0; i < value_.size(); ++i) visit(Node(value_[i], file_, fmt::format("{}[{}]", path_, i)));
  }
  size_t size() const { return value_.size(); }
  std::map<std::string, uint64_t> counts() const {
    if (!value_.is_object()) refuse("must be an object");
    std::map<std::string, uint64_t> counts;
    for (const auto& [name, value] : value_.items()) counts[name] = Node(value, file_, path_ + "." + name).number();
    return counts;
  }

 private:
  const json& value_;
  const std::string& file_;
  std::string path_;
};

// The last bucket's values are told by the maximum, the others' by where the bucket begins.
agent::Histogram read_latency(const Node& node) {
  agent::Histogram latency;
  const Node buckets = node["buckets"];
  const uint64_t maximum = node["max"].number(~uint64_t{0});
  uint64_t last = 0;
  size_t index = 0;
  buckets.each([&](const Node& bucket) {
    std::vector<uint64_t> numbers;
    bucket.each([&](const Node& number) { numbers.push_back(number.number(numbers.empty() ? maximum : kMost)); });
    if (numbers.size() != 2 || numbers[1] == 0) bucket.refuse("must be where it begins and a count of 1 or more");
    if (index > 0 && numbers[0] <= last) bucket.refuse("must begin after the one before it");
    last = numbers[0];
    latency.add(++index == buckets.size() ? maximum : last, numbers[1]);
  });
  if (latency.count() > kMost) node.refuse("has more than a machine can count");
  const auto read = latency.buckets();
  if (read.size() != index || (!read.empty() && read.back().from != last) || latency.maximum() != maximum)
    node.refuse("is no histogram: its buckets are not those of vireo, or do not go with its maximum");
  return latency;
}

Window read_window(const Node& node) {
  return {.round = node["round"].small_number(),
          .operations = node["operations"].number(),
          .errors = node["errors"].number(),
          .elapsed = node["elapsed"].number(),
          .rate = node["rate"].number(),
          .agent_user = node["agent_user"].number(),
          .agent_system = node["agent_system"].number(),
          .vmm_cpu = node["vmm_cpu"].number(),
          .vcpu_cpu = node["vcpu_cpu"].number(),
          .polling = node["polling"].number(),
          .host_cpu = node["host_cpu"].number(),
          .latest = node["latest"].number(),
          .own = node["own"].number(),
          .latency = read_latency(node["latency"])};
}

Events read_events(const Node& node) {
  return {.operations = node["operations"].number(),
          .elapsed = node["elapsed"].number(),
          .exits = node["exits"].counts(),
          .exit_time = node["exit_time"].counts(),
          .user_exits = node["user_exits"].counts(),
          .calls = node["calls"].counts(),
          .interrupts = node["interrupts"].counts(),
          .cpu = node["cpu"].counts(),
          .missing = node["missing"].text()};
}

Environment read_environment(const Node& node) {
  return {.vireo = node["vireo"].text(),
          .kernel = node["kernel"].text(),
          .guest_kernel = node["guest_kernel"].text(),
          .cpu = node["cpu"].text(),
          .cpus = node["cpus"].small_number(),
          .clock = node["clock"].text(),
          .emulated = node["emulated"].text(),
          .agent = node["agent"].text(),
          .governor = node["governor"].text()};
}

PathKind read_kind(const Node& node) {
  const std::string text = node.text();
  for (const PathKind kind : {PathKind::kPassthrough, PathKind::kVirtio, PathKind::kEmulated, PathKind::kHost})
    if (text == kind_text(kind)) return kind;
  node.refuse("must be passthrough, virtio, emulated or host");
}

class Reader {
 public:
  explicit Reader(const Node& root) : root_(root) {}

  Comparison read() {
    if (const uint64_t format = root_["format"].number(); format != kFormat)
      root_["format"].refuse(fmt::format(
          "is {}; this vireo reads {}: compare again, or use the vireo that made the file", format, kFormat));
    Comparison comparison{.medium = root_["medium"].text(),
                          .medium_size = root_["medium_size"].number(~uint64_t{0}),
                          .operation = root_["operation"].text(),
                          .started = root_["started"].text(),
                          .duration = root_["duration"].number(),
                          .rounds = root_["rounds"].small_number(),
                          .cut_short = root_["cut_short"].flag(),
                          .environment = read_environment(root_["environment"])};
    root_["warnings"].each([&](const Node& node) { comparison.warnings.push_back(node.text()); });
    root_["paths"].each([&](const Node& node) { comparison.paths.push_back(read_path(node)); });
    return comparison;
  }

 private:
  PathResult read_path(const Node& node) {
    PathResult path{.name = node["name"].text(),
                    .kind = read_kind(node["kind"]),
                    .device = node["device"].text(),
                    .failure = node["failure"].text()};
    if (!names_.insert(path.name).second) node["name"].refuse("is another path's too");
    std::set<Workload> workloads;
    node["cases"].each([&](const Node& one) {
      path.cases.push_back(read_case(one));
      if (!workloads.insert(path.cases.back().workload).second) one.refuse("has the workload of another");
    });
    if (const Node polled = node["polled"]; !polled.is_null())
      path.polled = Polled{.poll_queue = polled["poll_queue"].flag(), .windows = read_windows(polled["windows"])};
    return path;
  }

  std::vector<Window> read_windows(const Node& node) {
    std::vector<Window> windows;
    node.each([&](const Node& window) {
      if (++windows_ > kMostWindows) window.refuse(fmt::format("is one of more than {} windows", kMostWindows));
      windows.push_back(read_window(window));
    });
    return windows;
  }

  CaseResult read_case(const Node& node) {
    CaseResult result{.workload = {.depth = node["depth"].small_number(), .percent = node["percent"].small_number()}};
    result.windows = read_windows(node["windows"]);
    if (const Node events = node["events"]; !events.is_null()) result.events = read_events(events);
    return result;
  }

  const Node& root_;
  std::set<std::string> names_;
  size_t windows_ = 0;
};

}  // namespace

Comparison parse_comparison(const std::string& text, const std::string& file) {
  json root;
  try {
    root = json::parse(text);
  } catch (const json::exception& error) {
    throw base::Error(base::ExitCode::kConfig, fmt::format("{}: no JSON: {}", file, error.what()),
                      "Give a file that `vireo compare --json` made.");
  }
  const Node node(root, file);
  return Reader(node).read();
}

}  // namespace vireo::compare
