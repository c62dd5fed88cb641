#pragma once

#include <memory>
#include <vector>

#include "vmm/base/fd.h"

namespace vireo::agent {

// A network's other end: sends back what comes to it, at kEchoPort of all addresses, by UDP and TCP. Source: RFC 862.
class Echo {
 public:
  // Errors: SystemError naming what was refused.
  Echo();

  // Until the file can be read, or has ended.
  void serve_until(int file);

 private:
  // What came over a connection and was not yet sent back: then nothing more is taken.
  struct Connection {
    base::Fd socket;
    std::vector<uint8_t> bytes;
    size_t begin = 0;
    size_t end = 0;

    bool owes() const { return begin != end; }
  };

  void answer_datagrams();
  void accept_connection();
  static bool move(Connection& connection);

  base::Fd datagrams_;
  base::Fd listener_;
  std::vector<uint8_t> datagram_;
  std::vector<Connection> connections_;
};

}  // namespace vireo::agent
