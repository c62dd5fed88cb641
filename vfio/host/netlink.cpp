#include "vfio/host/netlink.h"

#include "vmm/base/error.h"

namespace vireo::host {

using base::Error;
using base::ExitCode;

Netlink::Netlink(const std::string& what) : base::Library("libnl-route-3.so.200") {
  if (!*this)
    throw Error(ExitCode::kHost, what + " needs libnl-route-3, which this host lacks", "apt install libnl-route-3-200");
  socket_ = {function<decltype(::nl_socket_alloc)>("nl_socket_alloc")(),
             function<decltype(::nl_socket_free)>("nl_socket_free")};
  check("netlink", function<decltype(::nl_connect)>("nl_connect")(socket_.get(), NETLINK_ROUTE));
}

void Netlink::check(const std::string& what, int code, const std::string& help) const {
  if (code < 0)
    throw Error(ExitCode::kDevice, what + ": " + function<decltype(::nl_geterror)>("nl_geterror")(code), help);
}

Link get_link(const Netlink& netlink, const std::string& interface) {
  rtnl_link* link = nullptr;
  const auto get = netlink.function<decltype(::rtnl_link_get_kernel)>("rtnl_link_get_kernel");
  netlink.check("network interface " + interface, get(netlink.socket(), 0, interface.c_str(), &link));
  return {link, netlink.function<decltype(::rtnl_link_put)>("rtnl_link_put")};
}

Link new_link(const Netlink& netlink) {
  return {netlink.function<decltype(::rtnl_link_alloc)>("rtnl_link_alloc")(),
          netlink.function<decltype(::rtnl_link_put)>("rtnl_link_put")};
}

}  // namespace vireo::host
