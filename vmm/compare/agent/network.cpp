#include "vmm/compare/agent/network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "vmm/base/fd.h"
#include "vmm/compare/agent/exchange.h"

namespace vireo::agent {
namespace {

using base::Error;
using base::ExitCode;
using base::SystemError;
using Clock = std::chrono::steady_clock;

// For a link to come up, by negotiation and whatever a switch does first, and a peer to answer.
constexpr std::chrono::seconds kPatience(60);
constexpr int kBetweenGreetings = 100;  // milliseconds

base::Fd open_datagram_socket() {
  base::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) throw SystemError(ExitCode::kHost, "socket for datagrams", errno);
  return socket;
}

in_addr address_of(const std::string& text) {
  in_addr address{};
  if (::inet_pton(AF_INET, text.c_str(), &address) != 1) throw Error(ExitCode::kUsage, "not an IPv4 address: " + text);
  return address;
}

std::vector<std::string> list_interfaces() {
  std::vector<std::string> names;
  struct if_nameindex* all = ::if_nameindex();
  for (struct if_nameindex* one = all; one != nullptr && one->if_index != 0; ++one)
    if (std::string_view(one->if_name) != "lo") names.emplace_back(one->if_name);
  ::if_freenameindex(all);
  return names;
}

std::string only_interface() {
  const std::vector<std::string> names = list_interfaces();
  if (names.size() == 1) return names[0];
  throw Error(ExitCode::kDevice, names.empty() ? "the machine has no network interface: no driver took the device"
                                               : "the machine has several network interfaces");
}

ifreq request_for(const std::string& interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
  return request;
}

void set_address(const base::Fd& socket, unsigned long what, const std::string& interface, in_addr address) {
  ifreq request = request_for(interface);
  const sockaddr_in value{.sin_family = AF_INET, .sin_port = 0, .sin_addr = address, .sin_zero = {}};
  std::memcpy(&request.ifr_addr, &value, sizeof value);
  if (::ioctl(socket.get(), what, &request) < 0)
    throw SystemError(ExitCode::kDevice, "an address for network interface " + interface, errno);
}

void bring_up(const base::Fd& socket, const std::string& interface) {
  ifreq request = request_for(interface);
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) < 0)
    throw SystemError(ExitCode::kDevice, "network interface " + interface, errno);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) < 0)
    throw SystemError(ExitCode::kDevice, "network interface " + interface + " cannot be set up", errno);
}

bool answers(const base::Fd& socket) {
  pollfd wait{.fd = socket.get(), .events = POLLIN, .revents = 0};
  char byte = 0;
  return ::poll(&wait, 1, kBetweenGreetings) > 0 && ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) > 0;
}

}  // namespace

std::string set_up_interface(const Network& network) {
  const base::Fd socket = open_datagram_socket();
  std::string name = network.interface.empty() ? only_interface() : network.interface;
  set_address(socket, SIOCSIFADDR, name, address_of(network.address));
  const uint32_t mask = network.prefix == 0 ? 0 : ~uint32_t{0} << (32 - network.prefix);
  set_address(socket, SIOCSIFNETMASK, name, {.s_addr = htonl(mask)});
  bring_up(socket, name);
  return name;
}

NetworkTarget::NetworkTarget(const Network& network) {
  peer_ = {.sin_family = AF_INET, .sin_port = htons(kEchoPort), .sin_addr = address_of(network.peer), .sin_zero = {}};
  const std::string interface = set_up_interface(network);
  greet();
  medium_.hash = read_station(interface);
}

// A datagram may be lost, and is while the link is not yet up: it is sent again until one comes back.
void NetworkTarget::greet() {
  const base::Fd socket = open_datagram_socket();
  const Clock::time_point until = Clock::now() + kPatience;
  constexpr char kGreeting = '?';
  do {
    const ssize_t sent =
        ::sendto(socket.get(), &kGreeting, 1, 0, reinterpret_cast<const sockaddr*>(&peer_), sizeof peer_);
    if (answers(socket)) return;
    if (sent < 0) ::poll(nullptr, 0, kBetweenGreetings);  // its error made poll() return
  } while (Clock::now() < until);
  throw Error(ExitCode::kDevice, "no answer from the peer: is there a way from this device to it?");
}

// The MAC address that the kernel sends to for the peer; 0: it needs none.
uint64_t NetworkTarget::read_station(const std::string& interface) const {
  const base::Fd socket = open_datagram_socket();
  arpreq request{};
  std::memcpy(&request.arp_pa, &peer_, sizeof peer_);
  std::strncpy(request.arp_dev, interface.c_str(), sizeof request.arp_dev - 1);
  if (::ioctl(socket.get(), SIOCGARP, &request) < 0) return 0;
  uint64_t station = 0;
  for (unsigned i = 0; i < 6; ++i) station = station << 8 | static_cast<uint8_t>(request.arp_ha.sa_data[i]);
  return station;
}

std::unique_ptr<Work> NetworkTarget::prepare(const Order& order) {
  if (order.operation == Operation::kUdp) return std::make_unique<WorkBy<UdpExchange>>(order, peer_);
  if (order.operation == Operation::kTcp) return std::make_unique<WorkBy<TcpExchange>>(order, peer_);
  throw Error(ExitCode::kUsage, "a network has no blocks to read or write");
}

}  // namespace vireo::agent
