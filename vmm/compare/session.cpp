#include "vmm/compare/session.h"

#include <sys/wait.h>

#include "vmm/compare/cpu_time.h"
#include "vmm/compare/event_counter.h"

namespace vireo::compare {
namespace {

// What a window takes beside its own time: the warm-up, and words over a slow console.
constexpr unsigned kSpareSeconds = 90;
constexpr unsigned kSecondsToQuit = 60;

Deadline deadline_of(const agent::Order& order) {
  return in_seconds(kSpareSeconds + static_cast<unsigned>(order.nanoseconds / 1'000'000'000));
}

class ChildSession : public Session {
 public:
  ChildSession(SessionSettings settings, const StopSignal& stop) : settings_(std::move(settings)), stop_(stop) {}

  void start() override {
    deadline_ = in_seconds(settings_.time_limit);
    child_.emplace(settings_.command, settings_.log, stop_);
    link_.emplace(*child_);
  }

  agent::Medium await() override {
    link_->await_ready(deadline_);
    return link_->open_disk(settings_.disk, deadline_);
  }

  Window measure(const agent::Order& order) override {
    const CpuTimes times(child_->pid());
    std::vector<CpuTimes::Moment> moments;
    const Answer answer = link_->run(
        order, [&] { moments.push_back(times.now()); }, deadline_of(order));
    return {.operations = answer.counts.operations,
            .errors = answer.counts.errors,
            .elapsed = answer.counts.elapsed,
            .rate = order.rate,
            .agent_user = answer.counts.user,
            .agent_system = answer.counts.system,
            .vmm_cpu = settings_.is_guest ? moments[1].process - moments[0].process : 0,
            .host_cpu = moments[1].host - moments[0].host,
            .latest = answer.counts.latest,
            .latency = answer.latency};
  }

  std::optional<Events> count(const agent::Order& order) override {
    if (!settings_.is_guest) return std::nullopt;
    EventCounter counter(child_->pid());
    agent::Order marked = order;
    marked.marked = true;
    const Answer answer = link_->run(
        marked, [&] { counter.edge(); }, deadline_of(order));
    // All between the marks, those that were still under way when the window's time was over included.
    return counter.events(answer.counts, answer.latency.count() + answer.counts.errors - answer.counts.missed);
  }

  void stop() noexcept override {
    try {
      if (link_) link_->quit(in_seconds(kSecondsToQuit));
    } catch (const std::exception&) {
      // The child's destructor ends it.
    }
    link_.reset();
    child_.reset();
  }

 private:
  SessionSettings settings_;
  const StopSignal& stop_;
  Deadline deadline_;
  std::optional<Child> child_;
  std::optional<AgentLink> link_;
};

}  // namespace

std::unique_ptr<Session> make_session(SessionSettings settings, const StopSignal& stop) {
  return std::make_unique<ChildSession>(std::move(settings), stop);
}

}  // namespace vireo::compare
