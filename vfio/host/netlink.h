#pragma once

#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include <memory>
#include <string>

#include "vmm/base/library.h"

namespace vireo::host {

// libnl-route, which brings libnl, with a socket for the host's links.
class Netlink : public base::Library {
 public:
  // `what` needs it: for messages. Errors: base::Error (kHost): there is none.
  explicit Netlink(const std::string& what);

  nl_sock* socket() const { return socket_.get(); }
  // Throw what libnl's error code says: base::Error (kDevice).
  void check(const std::string& what, int code, const std::string& help = {}) const;

 private:
  std::unique_ptr<nl_sock, void (*)(nl_sock*)> socket_{nullptr, nullptr};
};

// A network interface as the kernel has it now, or what is to become of one.
using Link = std::unique_ptr<rtnl_link, void (*)(rtnl_link*)>;

// Errors: base::Error (kDevice): there is none.
Link get_link(const Netlink& netlink, const std::string& interface);
// Nothing yet.
Link new_link(const Netlink& netlink);

}  // namespace vireo::host
