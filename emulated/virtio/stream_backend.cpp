#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "emulated/virtio/net_backend.h"
#include "vmm/base/unix_address.h"

namespace vireo::emulated {
namespace {

using base::ExitCode;

constexpr auto kPatience = std::chrono::seconds(1);  // that the other side may take to read a frame
constexpr size_t kPrefix = 4;
constexpr size_t kMostBuffers = 130;

std::string listener_help(const std::string& path) {
  return "start it first: passt --socket " + path;
}

class StreamBackend final : public NetBackend {
  using Clock = std::chrono::steady_clock;

 public:
  explicit StreamBackend(base::Fd socket) : socket_(std::move(socket)), input_(kPrefix + kMostPacket) {}

  int file() const override { return socket_.get(); }
  uint64_t features() const override { return 0; }
  void accept(uint64_t) noexcept override {}

  // The stream has no headers: an empty one stands before each frame.
  ssize_t receive(std::span<uint8_t> packet) noexcept override {
    if (!whole() && !fill()) return -1;
    if (!whole()) return 0;
    const size_t size = std::min<size_t>(frame_size(), packet.size() - sizeof(NetHeader));
    std::memset(packet.data(), 0, sizeof(NetHeader));
    std::memcpy(packet.data() + sizeof(NetHeader), input_.data() + start_ + kPrefix, size);
    start_ += kPrefix + frame_size();
    return static_cast<ssize_t>(sizeof(NetHeader) + size);
  }

  bool send(std::span<const iovec> packet) noexcept override {
    std::array<iovec, kMostBuffers> parts;
    size_t count = 1;
    size_t header = sizeof(NetHeader);
    uint32_t size = 0;
    for (const iovec& part : packet) {
      const size_t skipped = std::min(header, part.iov_len);
      header -= skipped;
      if (part.iov_len == skipped || count == parts.size()) continue;
      parts[count++] = {.iov_base = static_cast<uint8_t*>(part.iov_base) + skipped, .iov_len = part.iov_len - skipped};
      size += static_cast<uint32_t>(part.iov_len - skipped);
    }
    uint32_t prefix = htonl(size);
    parts[0] = {.iov_base = &prefix, .iov_len = kPrefix};
    return size == 0 || write_all(std::span(parts).first(count));
  }

 private:
  uint32_t frame_size() const noexcept {
    uint32_t size = 0;
    std::memcpy(&size, input_.data() + start_, sizeof size);
    return ntohl(size);
  }
  bool whole() const noexcept { return end_ - start_ >= kPrefix && end_ - start_ >= kPrefix + frame_size(); }

  // Read what there is; false when the other side is gone, or says what nobody can take.
  bool fill() noexcept {
    std::memmove(input_.data(), input_.data() + start_, end_ - start_);
    end_ -= start_;
    start_ = 0;
    if (end_ >= kPrefix && frame_size() > kMostPacket - sizeof(NetHeader)) return false;
    const ssize_t size = ::recv(socket_.get(), input_.data() + end_, input_.size() - end_, MSG_DONTWAIT);
    if (size > 0) end_ += static_cast<size_t>(size);
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
  }

  // A frame that has begun must be ended.
  bool write_all(std::span<iovec> parts) noexcept {
    const auto end = Clock::now() + kPatience;
    while (!parts.empty()) {
      msghdr message{};
      message.msg_iov = parts.data();
      message.msg_iovlen = parts.size();
      const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && !can_go_on(end)) return false;
      auto left = static_cast<size_t>(std::max<ssize_t>(sent, 0));
      while (!parts.empty() && left >= parts.front().iov_len) {
        left -= parts.front().iov_len;
        parts = parts.subspan(1);
      }
      if (parts.empty()) return true;
      parts.front().iov_base = static_cast<uint8_t*>(parts.front().iov_base) + left;
      parts.front().iov_len -= left;
    }
    return true;
  }
  bool can_go_on(Clock::time_point end) const noexcept {
    if (errno == EINTR) return true;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd room{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
    return errno == EAGAIN && left.count() > 0 && ::poll(&room, 1, static_cast<int>(left.count())) == 1;
  }

  base::Fd socket_;
  std::vector<uint8_t> input_;
  size_t start_ = 0;
  size_t end_ = 0;
};

}  // namespace

void check_stream(const std::string& path) {
  base::require_unix_address(path);
  if (::access(path.c_str(), F_OK) != 0)
    throw base::SystemError(ExitCode::kHost, "socket " + path, errno, listener_help(path));
}

std::unique_ptr<NetBackend> connect_stream(const std::string& path) {
  check_stream(path);
  base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = base::require_unix_address(path);
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    throw base::SystemError(ExitCode::kHost, "connecting to socket " + path, errno, listener_help(path));
  return make_stream(std::move(socket));
}

std::unique_ptr<NetBackend> make_stream(base::Fd socket) {
  return std::make_unique<StreamBackend>(std::move(socket));
}

}  // namespace vireo::emulated
