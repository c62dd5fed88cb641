#pragma once

#include "vmm/compare/agent/protocol.h"
#include "vmm/compare/result.h"

// What it costs to start and end the program that does the I/O, where that is one of its own for each window.
namespace vireo::compare {

// Return the order of a window in which next to nothing is done, after a warm-up as the order's.
agent::Order start_only(agent::Order order);

// Take what was used, or counted, in such a window off another's; what is then below nothing is nothing.
void take_off(Window& window, const Window& start);
void take_off(Events& events, const Events& start);

}  // namespace vireo::compare
