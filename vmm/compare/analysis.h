#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vmm/compare/result.h"
#include "vmm/compare/statistics.h"

// What a comparison means. Everything here follows from the Comparison.
// Units: times in nanoseconds, throughput in operations a second.
namespace vireo::compare {

struct Value {
  double value = 0;
  std::optional<Ratio> ratio;  // to the reference path's; nothing for itself, and where that has none
};

// For an operation, by name.
using Rates = std::map<std::string, double>;
double total(const Rates& rates);

// Events for an operation.
struct EventRates {
  Rates exits;
  Rates exit_time;
  Rates user_exits;
  Rates calls;
  Rates interrupts;
  Rates cpu;
};

// CPU time for an operation by what it was for, from windows that nobody traced. The same name as in Events::cpu means
// the same; "guest and KVM" is a guest's CPUs where no trace has told one from the other.
inline constexpr const char* kGuest = "guest";
inline constexpr const char* kKvm = "KVM";
inline constexpr const char* kPolling = "polling";
inline constexpr const char* kVireo = "vireo";
inline constexpr const char* kHostWork = "host";
inline constexpr const char* kGuestAndKvm = "guest and KVM";

struct CaseAnalysis {
  Workload workload;
  size_t rounds = 0;  // that count: those without any latency do not
  uint64_t operations = 0;
  uint64_t errors = 0;
  Value p50;
  Value p90;
  Value p99;
  Value p999;
  uint64_t maximum = 0;
  double mean = 0;
  Value throughput;
  Value agent_user;  // CPU time for an operation: these four
  Value agent_system;
  Value vmm_cpu;
  Value host_cpu;
  double own = 0;     // the agent's own part of an operation: the rounds' median; 0: not known
  Rates parts;        // of host_cpu
  double slower = 0;  // what operations took more than p50 on the mean, but for those of three times that
  double unrest = 0;  // coefficient of variation of the rounds' p50
  std::optional<EventRates> events;
};

// What no path can be faster than: what the medium takes for one operation when a CPU of the host asks for its
// completion without sleeping, and what each path adds to it.
struct Addition {
  std::string path;
  double added = 0;  // p50 above the floor
  // What of it is known: on the host's own path, and on all others, kWaking; and what these have more than the host's
  // own path, as in Explanation.
  Rates parts;
};
inline constexpr const char* kWaking = "waking";
struct Floor {
  double time = 0;          // p50
  bool poll_queue = false;  // as Polled's
  size_t rounds = 0;
  std::vector<Addition> paths;  // the host's own first
};

struct PathAnalysis {
  std::string name;
  PathKind kind = PathKind::kHost;
  std::vector<CaseAnalysis> cases;  // those in which something was measured
  std::optional<Floor> polled;      // without what paths add

  const CaseAnalysis* find(const Workload& workload) const;
};

// What one path's median at depth 1 has more than another's, in parts. Nothing is a remainder: CPU time for an
// operation by what it was for, as CaseAnalysis::parts but for polling, which is waiting; and as CPU time is of all
// operations, "slower", which the median does not have, the other way. An operation of three medians waited
// rather than worked: it is in neither. On a host of several CPUs parts may have been at the same time, and waiting for
// a CPU to wake is in none of them.
inline constexpr const char* kSlower = "slower";
struct Explanation {
  std::string path;
  std::string reference;
  double difference = 0;  // of medians
  Rates parts;            // differences too
  double explained = 0;   // the parts' sum, of the difference; 0 where there is no difference
};

// What measuring adds to each operation, where that is most: on the fastest path at depth 1.
struct AgentCost {
  std::string path;
  double time = 0;   // CaseAnalysis::own
  double share = 0;  // of the path's p50
};
inline constexpr double kMostOfAgent = 0.02;  // more is warned of

// Guests' paths at depth 1, the reference first.
struct HeadlineEntry {
  std::string path;
  double p50 = 0;
  double ratio = 1;
};

struct Analysis {
  std::string reference;  // the path that others are set in relation to; empty: nothing was measured
  std::vector<PathAnalysis> paths;
  std::vector<HeadlineEntry> headline;  // empty where there are not two paths
  std::optional<Floor> floor;
  std::optional<AgentCost> agent;
  std::vector<Explanation> explanations;
  std::vector<std::string> findings;  // sentences, the important first
  std::vector<std::string> warnings;

  const PathAnalysis* find(const std::string& path) const;
};

Analysis analyse(const Comparison& comparison);

// "vf : virtio-blk : nvme = 1 : 1.90 : 2.80 (medians at depth 1: 70.0 us, 133 us, 196 us)". Of nothing: nothing.
std::string headline_text(const Analysis& analysis);

// Return all workloads that were measured: closed loops first, by their depth.
std::vector<Workload> workloads_of(const Analysis& analysis);

}  // namespace vireo::compare
