#include "vmm/compare/schedule.h"

#include <algorithm>
#include <map>

namespace vireo::compare {
namespace {

// Of an open loop: so many may be under way before the agent itself holds operations back.
constexpr unsigned kMostUnderWay = 256;

std::string text_of(const Workload& workload) {
  return workload.percent == 0 ? "depth " + std::to_string(workload.depth)
                               : std::to_string(workload.percent) + " % load";
}

// The most operations a second that the path has done in a closed loop.
double most_of(const PathResult& path) {
  double most = 0;
  for (const CaseResult& one : path.cases) {
    if (one.workload.percent != 0) continue;
    for (const Window& window : one.windows)
      if (window.elapsed != 0)
        most = std::max(most, static_cast<double>(window.operations) * 1e9 / static_cast<double>(window.elapsed));
  }
  return most;
}

class Schedule {
 public:
  Schedule(std::vector<Contender>& contenders, const ScheduleSettings& settings, const Watcher& watcher)
      : contenders_(contenders),
        settings_(settings),
        watcher_(watcher),
        exclusive_(std::ranges::any_of(contenders, &Contender::exclusive)) {
    for (const unsigned depth : settings.depths) workloads_.push_back({.depth = depth});
    for (const unsigned load : settings.loads) workloads_.push_back({.depth = kMostUnderWay, .percent = load});
    for (Contender& contender : contenders_)
      for (const Workload& workload : workloads_) contender.result.cases.push_back({.workload = workload});
    const auto passes = settings.rounds + (settings.count_events ? 1 : 0);
    step_.of = static_cast<unsigned>(passes * workloads_.size() * contenders.size());
  }

  void run() {
    if (!exclusive_)
      for (Contender& contender : contenders_) come_up(contender);
    for (unsigned round = 1; round <= settings_.rounds; ++round) {
      exclusive_ ? run_round_alone(round) : run_round(round);
    }
    if (settings_.count_events) exclusive_ ? count_all_alone() : count_all();
  }

 private:
  // Do something with a path that has not failed. Errors: Stopped.
  template <typename Action>
  void attempt(Contender& contender, Action action) {
    if (!contender.result.failure.empty()) return;
    try {
      action();
    } catch (const Stopped&) {
      throw;
    } catch (const std::exception& error) {
      contender.result.failure = error.what();
      contender.session->stop();
    }
  }

  // One after the other: guests that boot at once make each other slow, and reach their time limits.
  void come_up(Contender& contender) {
    say("guests start: " + contender.result.name);
    attempt(contender, [&] {
      const agent::Medium medium = contender.session->start();
      if (!medium_) medium_ = medium;
      if (medium != *medium_) throw ChildFailure("it leads to another medium than the first path does");
    });
  }

  void run_round(unsigned round) {
    for (size_t i = 0; i < workloads_.size(); ++i)
      for (Contender& contender : contenders_) measure_one(contender, i, round);
    for (Contender& contender : contenders_) poll(contender, round);
  }

  // Workloads of a path one after the other, as it comes up once for all.
  void run_round_alone(unsigned round) {
    for (Contender& contender : contenders_) {
      come_up(contender);
      for (size_t i = 0; i < workloads_.size(); ++i) measure_one(contender, i, round);
      poll(contender, round);
      contender.session->stop();
    }
  }

  // The floor of all paths: what the medium takes when nobody need be woken.
  void poll(Contender& contender, unsigned round) {
    attempt(contender, [&] {
      auto polled = contender.session->poll(order_of(contender, kOneAtATime, round));
      if (!polled) return;
      for (Window& window : polled->windows) window.round = round;
      if (!contender.result.polled) contender.result.polled = Polled{.poll_queue = polled->poll_queue, .windows = {}};
      std::ranges::move(polled->windows, std::back_inserter(contender.result.polled->windows));
    });
  }

  void measure_one(Contender& contender, size_t workload, unsigned round) {
    say("round " + std::to_string(round) + " of " + std::to_string(settings_.rounds) + ": " + contender.result.name +
        ", " + text_of(workloads_[workload]));
    attempt(contender, [&] {
      Window window = contender.session->measure(order_of(contender, workloads_[workload], round));
      window.round = round;
      contender.result.cases[workload].windows.push_back(std::move(window));
    });
    ++step_.done;
  }

  void count_all() {
    for (size_t i = 0; i < workloads_.size(); ++i)
      for (Contender& contender : contenders_) count_one(contender, i);
  }

  void count_all_alone() {
    for (Contender& contender : contenders_) {
      come_up(contender);
      for (size_t i = 0; i < workloads_.size(); ++i) count_one(contender, i);
      contender.session->stop();
    }
  }

  void count_one(Contender& contender, size_t workload) {
    say("events: " + contender.result.name + ", " + text_of(workloads_[workload]));
    attempt(contender, [&] {
      contender.result.cases[workload].events = contender.session->count(order_of(contender, workloads_[workload], 1));
    });
    ++step_.done;
  }

  // The most that the path has done in round 1: a rate must be the same in all rounds.
  double most_of(const Contender& contender) {
    const auto [most, fresh] = most_.try_emplace(&contender, 0.0);
    if (fresh) most->second = vireo::compare::most_of(contender.result);
    return most->second;
  }

  agent::Order order_of(const Contender& contender, const Workload& workload, unsigned round) {
    agent::Order order = settings_.order;
    order.depth = workload.depth;
    order.seed += round;  // the same blocks for all paths, others in each round
    if (workload.percent != 0)
      order.rate = std::max<uint64_t>(static_cast<uint64_t>(most_of(contender) * workload.percent / 100), 1);
    return order;
  }

  void say(const std::string& what) {
    step_.what = what;
    watcher_(step_);
  }

  std::vector<Contender>& contenders_;
  const ScheduleSettings& settings_;
  const Watcher& watcher_;
  std::vector<Workload> workloads_;
  std::map<const Contender*, double> most_;  // operations a second
  std::optional<agent::Medium> medium_;      // that the first path led to
  bool exclusive_;                           // one path at a time
  Step step_;
};

}  // namespace

bool measure(std::vector<Contender>& contenders, const ScheduleSettings& settings, const Watcher& watcher) {
  bool stopped = false;
  try {
    Schedule(contenders, settings, watcher).run();
  } catch (const Stopped&) {
    stopped = true;
  }
  for (Contender& contender : contenders) contender.session->stop();
  return stopped;
}

}  // namespace vireo::compare
