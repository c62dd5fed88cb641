#include "vmm/compare/agent/echo.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "vmm/compare/agent/network.h"

namespace vireo::agent {
namespace {

constexpr size_t kMost = 65536;
constexpr size_t kFixed = 3;  // of what is waited for: the file, datagrams, the listener; then connections

base::Fd open_at_port(int type) {
  base::Fd socket(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in any{.sin_family = AF_INET, .sin_port = htons(kEchoPort), .sin_addr = {}, .sin_zero = {}};
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) < 0)
    throw base::SystemError(base::ExitCode::kDevice, "a socket for echoes", errno);
  return socket;
}

pollfd wait_for(const base::Fd& file, short events) {
  return {.fd = file.get(), .events = events, .revents = 0};
}

}  // namespace

Echo::Echo() : datagrams_(open_at_port(SOCK_DGRAM)), listener_(open_at_port(SOCK_STREAM)), datagram_(kMost) {
  if (::listen(listener_.get(), 16) < 0) throw base::SystemError(base::ExitCode::kDevice, "listen", errno);
}

void Echo::serve_until(int file) {
  std::vector<pollfd> waits;
  for (;;) {
    waits.assign(
        {{.fd = file, .events = POLLIN, .revents = 0}, wait_for(datagrams_, POLLIN), wait_for(listener_, POLLIN)});
    for (const Connection& connection : connections_)
      waits.push_back(wait_for(connection.socket, connection.owes() ? POLLOUT : POLLIN));
    if (::poll(waits.data(), waits.size(), -1) < 0) continue;  // EINTR
    if (waits[0].revents != 0) return;
    if (waits[1].revents != 0) answer_datagrams();
    for (size_t i = waits.size(); i-- > kFixed;)
      if (waits[i].revents != 0 && !move(connections_[i - kFixed]))
        connections_.erase(connections_.begin() + static_cast<ptrdiff_t>(i - kFixed));
    if (waits[2].revents != 0) accept_connection();
  }
}

void Echo::answer_datagrams() {
  for (;;) {
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const ssize_t size = ::recvfrom(datagrams_.get(), datagram_.data(), datagram_.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0) return;
    // One for which there is no room is lost, as on a wire.
    [[maybe_unused]] const ssize_t sent = ::sendto(datagrams_.get(), datagram_.data(), static_cast<size_t>(size), 0,
                                                   reinterpret_cast<const sockaddr*>(&from), length);
  }
}

void Echo::accept_connection() {
  base::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return;
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connections_.push_back({.socket = std::move(socket), .bytes = std::vector<uint8_t>(kMost)});
}

// Return whether the connection goes on.
bool Echo::move(Connection& connection) {
  const int socket = connection.socket.get();
  if (!connection.owes()) {
    const ssize_t size = ::recv(socket, connection.bytes.data(), connection.bytes.size(), 0);
    if (size <= 0) return size < 0 && errno == EAGAIN;
    connection.begin = 0;
    connection.end = static_cast<size_t>(size);
  }
  const ssize_t sent =
      ::send(socket, &connection.bytes[connection.begin], connection.end - connection.begin, MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN;
  connection.begin += static_cast<size_t>(sent);
  return true;
}

}  // namespace vireo::agent
