#pragma once

#include "vmm/config/schema.h"

namespace vireo::config {

// Read a console's `ports:`.
void read_console_ports(const Node& node, std::vector<ConsolePortConfig>& ports, Diagnostics& diagnostics);

// The schema of one of them: a definition `console_port`.
std::string console_port_definition();

}  // namespace vireo::config
