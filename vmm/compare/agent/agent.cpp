#include "vmm/compare/agent/agent.h"

#include <time.h>

#include <algorithm>

#include "vmm/compare/agent/interrupts.h"
#include "vmm/compare/agent/window.h"

namespace vireo::agent {
namespace {

// What vireo does when it reads `begin` is not to be measured with what follows.
constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 5'000'000};

[[noreturn]] void refuse(const std::string& why) {
  throw base::Error(base::ExitCode::kUsage, why);
}

uint64_t count_interrupts() {
  return disk_interrupts(base::read_text_or_empty("/proc/interrupts"));
}

Order order_of(const std::string& text, const Medium& medium, bool guest) {
  const auto order = parse_order(text);
  if (!order) refuse("not an order: " + text);
  if (order->span > medium.size || order->first > medium.size - order->span)
    refuse("the medium ends at " + std::to_string(medium.size) + ", the range after it");
  if (!guest && (order->marked || order->extra_exits != 0)) refuse("only a guest can mark its window or make exits");
  return *order;
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
  if (word == "disk") return find_disk(rest);
  if (word == "run") return measure(rest);
  refuse("unknown: " + line);
}

void Agent::find_disk(const std::string& path) {
  disk_.reset();
  disk_.emplace(path, guest_);
  link_.say("size", text(disk_->medium()));
}

void Agent::measure(const std::string& rest) {
  if (!disk_) refuse("no disk yet");
  const Order order = order_of(rest, disk_->medium(), guest_);
  Window window(order, disk_->file(order.operation));
  const uint64_t interrupts = count_interrupts();
  link_.say("begin");
  ::nanosleep(&kPause, nullptr);
  window.run();
  link_.say("end");
  Counts counts = window.counts();
  counts.interrupts = count_interrupts() - interrupts;
  link_.say("counts", text(counts));
  link_.say_in_parts("latency", window.latency().text());
  link_.say("done");
}

}  // namespace vireo::agent
