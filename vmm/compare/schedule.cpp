#include "vmm/compare/schedule.h"

#include <algorithm>

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
      : contenders_(contenders), settings_(settings), watcher_(watcher) {
    for (const unsigned depth : settings.depths) workloads_.push_back({.depth = depth});
    for (const unsigned load : settings.loads) workloads_.push_back({.depth = kMostUnderWay, .percent = load});
    for (Contender& contender : contenders_)
      for (const Workload& workload : workloads_) contender.result.cases.push_back({.workload = workload});
    const auto passes = settings.rounds + (settings.count_events ? 1 : 0);
    step_.of = static_cast<unsigned>(passes * workloads_.size() * contenders.size());
  }

  void run() {
    come_up();
    for (unsigned round = 1; round <= settings_.rounds; ++round) {
      run_round(round);
    }
    if (settings_.count_events) count_all();
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
  void come_up() {
    std::optional<agent::Medium> first;
    for (Contender& contender : contenders_) {
      say("guests start: " + contender.result.name);
      attempt(contender, [&] {
        const agent::Medium medium = contender.session->start();
        if (!first) first = medium;
        if (medium != *first) throw ChildFailure("it leads to another medium than the first path does");
      });
    }
  }

  void run_round(unsigned round) {
    for (size_t i = 0; i < workloads_.size(); ++i) {
      if (round == 1 && workloads_[i].percent != 0) choose_rates();
      for (Contender& contender : contenders_) {
        say("round " + std::to_string(round) + " of " + std::to_string(settings_.rounds) + ": " +
            contender.result.name + ", " + text_of(workloads_[i]));
        attempt(contender, [&] {
          Window window = contender.session->measure(order_of(contender, workloads_[i], round));
          window.round = round;
          contender.result.cases[i].windows.push_back(std::move(window));
        });
        ++step_.done;
      }
    }
  }

  // Once: a rate must be the same in all rounds.
  void choose_rates() {
    if (!most_.empty()) return;
    for (const Contender& contender : contenders_) most_.push_back(most_of(contender.result));
  }

  void count_all() {
    for (size_t i = 0; i < workloads_.size(); ++i)
      for (Contender& contender : contenders_) {
        say("events: " + contender.result.name + ", " + text_of(workloads_[i]));
        attempt(contender, [&] {
          contender.result.cases[i].events = contender.session->count(order_of(contender, workloads_[i], 1));
        });
        ++step_.done;
      }
  }

  agent::Order order_of(const Contender& contender, const Workload& workload, unsigned round) const {
    agent::Order order = settings_.order;
    order.depth = workload.depth;
    order.seed += round;  // the same blocks for all paths, others in each round
    if (workload.percent != 0) {
      const auto index = static_cast<size_t>(&contender - contenders_.data());
      order.rate = std::max<uint64_t>(static_cast<uint64_t>(most_.at(index) * workload.percent / 100), 1);
    }
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
  std::vector<double> most_;  // by contender, operations a second
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
