#pragma once

#include <netinet/in.h>

#include "vmm/compare/agent/work.h"

namespace vireo::agent {

// The port that echoes are asked for at. Source: RFC 862.
inline constexpr uint16_t kEchoPort = 7;

// Give the interface its address, and have it up. Return its name.
// Errors: base::Error: there is none of that name, or not just one; SystemError naming what was refused.
std::string set_up_interface(const Network& network);

// The way to a peer who sends back what comes.
class NetworkTarget final : public Target {
 public:
  // Set up the interface, and wait until the peer has answered.
  // Errors: base::Error: as above; nobody answers.
  explicit NetworkTarget(const Network& network);

  const Medium& medium() const override { return medium_; }
  std::unique_ptr<Work> prepare(const Order& order) override;

 private:
  void greet();
  uint64_t read_station(const std::string& interface) const;

  sockaddr_in peer_{};
  Medium medium_;
};

}  // namespace vireo::agent
