#include "vmm/compare/agent/exchange.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vireo::agent {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

base::Fd connect_to(const sockaddr_in& peer, int type) {
  base::Fd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) < 0)
    throw base::SystemError(base::ExitCode::kDevice, "a socket to the peer", errno);
  return socket;
}

}  // namespace

uint64_t monotonic_now() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_nsec);
}

void await(const base::Fd& socket, bool writable, uint64_t nanoseconds) noexcept {
  pollfd wait{.fd = socket.get(), .events = static_cast<short>(writable ? POLLIN | POLLOUT : POLLIN), .revents = 0};
  const timespec limit{.tv_sec = static_cast<time_t>(nanoseconds / kSecond),
                       .tv_nsec = static_cast<long>(nanoseconds % kSecond)};
  ::ppoll(&wait, 1, &limit, nullptr);
}

UdpExchange::UdpExchange(const Order& order, const sockaddr_in& peer)
    : socket_(connect_to(peer, SOCK_DGRAM)),
      ballast_(order),
      message_(order.block),
      answer_(order.block),
      under_way_(order.depth),
      polls_(order.polled) {
  ready_.reserve(order.depth);
}

void UdpExchange::submit() noexcept {
  if (ballast_.weighs()) ballast_.carry(static_cast<unsigned>(ready_.size()));
  for (const unsigned slot : ready_) send(slot);
  ready_.clear();
}

// One that the kernel does not take is lost.
void UdpExchange::send(unsigned slot) noexcept {
  const Header header{.number = ++last_number_, .slot = slot};
  std::memcpy(message_.data(), &header, sizeof header);
  under_way_[slot] = {.number = header.number, .sent = now()};
  [[maybe_unused]] const ssize_t sent = ::send(socket_.get(), message_.data(), message_.size(), 0);
}

void UdpExchange::submit_and_wait(uint64_t nanoseconds) noexcept {
  submit();
  silent_ = polls_;
  if (polls_) return;
  const uint64_t before = now();
  await(socket_, false, std::min(nanoseconds, kLostAfter));
  silent_ = now() - before >= kLostAfter;
}

std::optional<Done> UdpExchange::done() noexcept {
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), answer_.data(), answer_.size(), MSG_DONTWAIT);
    if (size < 0 && errno == ECONNREFUSED) continue;  // of an earlier one
    if (size < 0) return silent_ ? take_lost() : std::nullopt;
    Header header;
    if (static_cast<size_t>(size) != message_.size()) continue;
    std::memcpy(&header, answer_.data(), sizeof header);
    if (header.slot >= under_way_.size() || header.number == 0) continue;
    UnderWay& found = under_way_[header.slot];
    if (found.number != header.number) continue;  // after it was given up
    found.number = 0;
    return Done{.slot = static_cast<unsigned>(header.slot), .good = true};
  }
}

std::optional<Done> UdpExchange::take_lost() noexcept {
  const uint64_t moment = now();
  for (size_t slot = 0; slot < under_way_.size(); ++slot) {
    if (under_way_[slot].number == 0 || moment - under_way_[slot].sent < kLostAfter) continue;
    under_way_[slot].number = 0;
    return Done{.slot = static_cast<unsigned>(slot), .good = false};
  }
  return std::nullopt;
}

TcpExchange::TcpExchange(const Order& order, const sockaddr_in& peer)
    : socket_(connect_to(peer, SOCK_STREAM)),
      ballast_(order),
      size_(order.block),
      bytes_(std::max<uint64_t>(order.block, 65536)),
      order_(order.depth),
      polls_(order.polled) {
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void TcpExchange::prepare(unsigned slot) noexcept {
  order_[(first_ + count_++) % order_.size()] = slot;
  ++prepared_;
}

void TcpExchange::submit() noexcept {
  if (ballast_.weighs()) ballast_.carry(prepared_);
  unsent_ += prepared_ * size_;
  prepared_ = 0;
  flush();
}

void TcpExchange::flush() noexcept {
  while (unsent_ > 0 && !broken_) {
    const ssize_t sent =
        ::send(socket_.get(), bytes_.data(), std::min<uint64_t>(unsent_, bytes_.size()), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0 && errno == EINTR) continue;
    broken_ = sent < 0;
    if (sent > 0) unsent_ -= static_cast<uint64_t>(sent);
  }
}

void TcpExchange::submit_and_wait(uint64_t nanoseconds) noexcept {
  submit();
  if (broken_ || polls_ || came_ >= size_) return;
  await(socket_, unsent_ > 0, std::min(nanoseconds, kLostAfter));
  flush();
}

std::optional<Done> TcpExchange::done() noexcept {
  if (count_ == prepared_) return std::nullopt;
  if (came_ < size_) receive();
  if (came_ < size_ && !broken_) return std::nullopt;
  const Done done{.slot = order_[first_], .good = came_ >= size_};
  first_ = (first_ + 1) % order_.size();
  --count_;
  came_ -= std::min(came_, size_);
  return done;
}

void TcpExchange::receive() noexcept {
  const ssize_t size = ::recv(socket_.get(), bytes_.data(), bytes_.size(), MSG_DONTWAIT);
  if (size > 0) came_ += static_cast<uint64_t>(size);
  const bool later = size < 0 && (errno == EAGAIN || errno == EINTR);
  if (size <= 0 && !later) broken_ = true;
}

}  // namespace vireo::agent
