#include "vmm/compare/session.h"

#include <type_traits>

#include "vfio/host/claim.h"
#include "vmm/base/log.h"
#include "vmm/compare/cpu_time.h"
#include "vmm/compare/event_counter.h"
#include "vmm/compare/start_cost.h"

namespace vireo::compare {
namespace {

constexpr unsigned kSecondsToQuit = 60;

class ChildSession : public Session {
 public:
  ChildSession(SessionSettings settings, const StopSignal& stop) : settings_(std::move(settings)), stop_(stop) {}

  ~ChildSession() override { end(); }
  ChildSession(const ChildSession&) = delete;
  ChildSession& operator=(const ChildSession&) = delete;

  agent::Medium start() override {
    const Deadline deadline = in_seconds(settings_.time_limit);
    if (settings_.provide) host_part_ = settings_.provide();
    child_.emplace(settings_.child, stop_);
    link_.emplace(*child_);
    return attempt([&] {
      link_->await_ready(deadline);
      if (host_part_) host_part_->give_to(child_->pid());
      if (!settings_.fio.empty()) link_->use_fio(settings_.fio, deadline);
      return link_->reach(settings_.words, deadline);
    });
  }

  Window measure(const agent::Order& order) override {
    if (has_start() && !start_window_) start_window_ = measure_with_start(start_only(order));
    Window window = measure_with_start(order);
    if (start_window_) take_off(window, *start_window_);
    // It is no thread of the agent's.
    if (has_start() && !settings_.is_guest) window.vcpu_cpu = window.agent_user + window.agent_system;
    return window;
  }

  Window measure_with_start(const agent::Order& order) {
    const CpuTimes times(child_->pid());
    std::vector<CpuTimes::Moment> moments;
    const Answer answer = link_->run(
        injected(order), [&] { moments.push_back(times.now()); }, deadline_of(order));
    const CpuTimes::Moment used = since(moments[0], moments[1]);
    return {.operations = answer.counts.operations,
            .errors = answer.counts.errors,
            .elapsed = answer.counts.elapsed,
            .rate = order.rate,
            .agent_user = answer.counts.user,
            .agent_system = answer.counts.system,
            .vmm_cpu = settings_.is_guest ? used.process : 0,
            .vcpu_cpu = settings_.is_guest ? used.vcpus : used.process,
            .polling = used.polling,
            .host_cpu = used.host,
            .latest = answer.counts.latest,
            .own = answer.counts.own * 1000 / agent::kDry,
            .latency = answer.latency};
  }

  std::optional<Events> count(const agent::Order& order) override {
    if (!settings_.is_guest) return std::nullopt;
    if (has_start() && !start_events_) start_events_ = count_with_start(start_only(order));
    Events events = count_with_start(order);
    if (start_events_) take_off(events, *start_events_);
    return events;
  }

  Events count_with_start(const agent::Order& order) {
    EventCounter counter(child_->pid());
    agent::Order marked = injected(order);
    marked.marked = true;
    const Answer answer = link_->run(
        marked, [&] { counter.edge(); }, deadline_of(order));
    // All between the marks, those that were still under way when the window's time was over included.
    return counter.events(answer.counts, answer.latency.count() + answer.counts.errors - answer.counts.missed);
  }

  std::optional<Polled> poll(const agent::Order& order) override {
    if (settings_.is_guest || !settings_.fio.empty()) return std::nullopt;
    agent::Order polled = order;
    polled.polled = true;
    const Answer answer = link_->run(
        polled, [] {}, deadline_of(order));
    Window window{.operations = answer.counts.operations,
                  .errors = answer.counts.errors,
                  .elapsed = answer.counts.elapsed,
                  .agent_user = answer.counts.user,
                  .agent_system = answer.counts.system,
                  .latency = answer.latency};
    return Polled{.poll_queue = answer.counts.poll_queue != 0, .windows = {std::move(window)}};
  }

  void stop() noexcept override { end(); }

 private:
  // Of fio: its start and its end are in each window, and their cost is taken off.
  bool has_start() const { return !settings_.fio.empty(); }

  void end() noexcept {
    if (child_) end_child();
    host_part_.reset();
  }

  void end_child() noexcept {
    try {
      if (!broken_) link_->quit(in_seconds(kSecondsToQuit));
    } catch (const std::exception&) {
      // It is ended below.
    }
    if (child_->end()) give_back();
    child_.reset();
  }

  agent::Order injected(agent::Order order) const {
    order.extra_exits = settings_.extra_exits;
    order.extra_instructions = settings_.extra_instructions;
    return order;
  }

  // What a vireo that had to be killed could not.
  static void give_back() noexcept {
    try {
      host::restore();
    } catch (const std::exception& error) {
      spdlog::error("a guest of the comparison had to be killed: {}; run: vireo host restore", error.what());
    }
  }

  // A session that has failed listens to nobody.
  template <typename Action>
  std::invoke_result_t<Action> attempt(Action action) {
    broken_ = true;
    auto result = action();
    broken_ = false;
    return result;
  }

  // A window takes its own time, the warm-up's, and that of words over a slow console.
  Deadline deadline_of(const agent::Order& order) const {
    return in_seconds(settings_.time_limit + static_cast<unsigned>(order.nanoseconds / 1'000'000'000));
  }

  SessionSettings settings_;
  const StopSignal& stop_;
  std::unique_ptr<HostPart> host_part_;
  std::optional<Child> child_;
  std::optional<AgentLink> link_;
  std::optional<Window> start_window_;
  std::optional<Events> start_events_;
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<Session> make_session(SessionSettings settings, const StopSignal& stop) {
  return std::make_unique<ChildSession>(std::move(settings), stop);
}

}  // namespace vireo::compare
