#include "vmm/compare/start_cost.h"

#include <algorithm>

namespace vireo::compare {
namespace {

void take_off(uint64_t& value, uint64_t start) {
  value -= std::min(value, start);
}

}  // namespace

agent::Order start_only(agent::Order order) {
  order.depth = 1;
  order.rate = 0;
  order.operations = 1;
  order.nanoseconds = 0;
  return order;
}

void take_off(Window& window, const Window& start) {
  for (uint64_t Window::*value : {&Window::vmm_cpu, &Window::vcpu_cpu, &Window::polling, &Window::host_cpu})
    take_off(window.*value, start.*value);
}

void take_off(Events& events, const Events& start) {
  for (auto counts :
       {&Events::exits, &Events::exit_time, &Events::user_exits, &Events::calls, &Events::interrupts, &Events::cpu}) {
    for (const auto& [name, count] : start.*counts)
      if (const auto found = (events.*counts).find(name); found != (events.*counts).end())
        take_off(found->second, count);
    std::erase_if(events.*counts, [](const auto& one) { return one.second == 0; });
  }
  take_off(events.operations, start.operations);
}

}  // namespace vireo::compare
