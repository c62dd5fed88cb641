#include "vmm/compare/agent/agent.h"

#include <time.h>

#include <algorithm>

#include "vmm/compare/agent/disk.h"
#include "vmm/compare/agent/echo.h"
#include "vmm/compare/agent/interrupts.h"
#include "vmm/compare/agent/network.h"
#include "vmm/compare/agent/window.h"

namespace vireo::agent {
namespace {

// What vireo does when it reads `begin` is not to be measured with what follows.
constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 5'000'000};

[[noreturn]] void refuse(const std::string& why) {
  throw base::Error(base::ExitCode::kUsage, why);
}

uint64_t count_interrupts() {
  return device_interrupts(base::read_text_or_empty("/proc/interrupts"));
}

Order order_of(const std::string& text, Place place) {
  const auto order = parse_order(text);
  if (!order) refuse("not an order: " + text);
  if (place == Place::kHost && (order->marked || order->extra_exits != 0))
    refuse("only a guest can mark its window or make exits");
  return *order;
}

Network network_of(const std::string& text) {
  auto network = parse_network(text);
  if (!network) refuse("not a network: " + text);
  return std::move(*network);
}

}  // namespace

void Agent::serve() {
  while (const auto line = link_.read()) {
    if (*line == "quit") return;
    try {
      obey(*line);
    } catch (const std::exception& error) {
      link_.say("failed", error.what());
    }
  }
}

void Agent::obey(const std::string& line) {
  const size_t blank = std::min(line.find(' '), line.size());
  const std::string word = line.substr(0, blank);
  const std::string rest = line.substr(std::min(blank + 1, line.size()));
  if (word == "disk") return reach([&] { return std::make_unique<Disk>(rest, place_ == Place::kOwnGuest, fio_); });
  if (word == "net") return reach([&] { return std::make_unique<NetworkTarget>(network_of(rest)); });
  if (word == "fio") return use_fio(rest);
  if (word == "echo") return echo(rest);
  if (word == "run") return measure(rest);
  refuse("unknown: " + line);
}

void Agent::use_fio(const std::string& rest) {
  fio_ = parse_fio_order(rest, place_ == Place::kOwnGuest);
  link_.say("fio");
}

template <typename Find>
void Agent::reach(Find find) {
  target_.reset();
  target_ = find();
  link_.say("size", text(target_->medium()));
}

void Agent::echo(const std::string& rest) {
  set_up_interface(network_of(rest));
  Echo echo;
  link_.say("listening");
  echo.serve_until(link_.file());
}

void Agent::measure(const std::string& rest) {
  if (!target_) refuse("no medium yet");
  const Order order = order_of(rest, place_);
  Window window(order, target_->prepare(order));
  const uint64_t interrupts = count_interrupts();
  link_.say("begin");
  ::nanosleep(&kPause, nullptr);
  window.run();
  link_.say("end");
  window.conclude();
  Counts counts = window.counts();
  counts.interrupts = count_interrupts() - interrupts;
  link_.say("counts", text(counts));
  link_.say_in_parts("latency", window.latency().text());
  link_.say("done");
}

}  // namespace vireo::agent
