#include "emulated/virtio/console_port.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "vmm/base/error.h"
#include "vmm/base/log.h"
#include "vmm/base/unix_address.h"

namespace vireo::emulated {
namespace {

using base::ExitCode;

base::Fd make_socket() {
  return base::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

[[noreturn]] void fail_in_use(const std::string& path) {
  throw base::Error(ExitCode::kHost, "socket " + path + ": somebody listens there already",
                    "end that one, or name another path");
}
[[noreturn]] void fail_taken(const std::string& path) {
  throw base::Error(ExitCode::kHost, "socket " + path + ": there is something else", "name a path that is free");
}

// By the kernel's list, without disturbing who listens. proc(5): flags in hexadecimal, the path is the last word.
bool is_listened_at(const std::string& path) {
  constexpr const char* kAcceptsConnections = " 00010000 ";
  const base::Fd list(::open("/proc/net/unix", O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> part;
  for (ssize_t size = 0; list && (size = ::read(list.get(), part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<size_t>(size));
  const std::string end = " " + path + "\n";
  for (size_t at = text.find(end); at != std::string::npos; at = text.find(end, at + 1)) {
    const size_t start = text.rfind('\n', at);
    if (text.substr(start, at - start).find(kAcceptsConnections) != std::string::npos) return true;
  }
  return false;
}

// Return where it would be; nothing but a socket may be there already.
sockaddr_un require_place(const std::string& path) {
  const sockaddr_un address = base::require_unix_address(path);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) fail_taken(path);
  return address;
}

// What a vireo that was killed left behind is in the way: a socket that refuses. Others are not ours to remove.
void remove_left_over(const std::string& path, const sockaddr_un& address) {
  const base::Fd socket = make_socket();
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN)
    fail_in_use(path);
  if (errno != ECONNREFUSED && errno != ENOENT) fail_taken(path);
  ::unlink(path.c_str());
}

void check_folder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::access(folder.c_str(), W_OK) != 0)
    throw base::SystemError(ExitCode::kHost, "console port " + path + ": its folder cannot be written", errno,
                            "name a place in a folder that there is, and that is yours");
}

// A file of the host's, or a device such as /dev/null; or one that is to be made.
void check_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) < 0) return check_folder(path);
  if ((!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) || ::access(path.c_str(), W_OK) != 0)
    throw base::Error(ExitCode::kHost, "console port " + path + " is no file that can be written",
                      "name a file that is yours, or one that is to be made");
}

}  // namespace

void ConsolePort::check(const ConsolePortSettings& settings) {
  if (!settings.file.empty()) return check_file(settings.file);
  require_place(settings.socket);
  if (is_listened_at(settings.socket)) fail_in_use(settings.socket);
  check_folder(settings.socket);
}

ConsolePort::ConsolePort(ConsolePortSettings settings, platform::EventLoop& loop, Callbacks callbacks)
    : settings_(std::move(settings)), loop_(loop), callbacks_(std::move(callbacks)) {
  if (!settings_.socket.empty()) {
    listen();
    return;
  }
  other_side_ =
      base::Fd(::open(settings_.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600));
  if (!other_side_)
    throw base::SystemError(ExitCode::kHost, "console port " + settings_.file, errno, "name a file that is yours");
}

void ConsolePort::listen() {
  const sockaddr_un address = require_place(settings_.socket);
  remove_left_over(settings_.socket, address);
  listener_ = make_socket();
  if (!listener_ || ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 ||
      ::listen(listener_.get(), 1) < 0)
    throw base::SystemError(ExitCode::kHost, "listening on socket " + settings_.socket, errno,
                            "name a path in a folder that is yours");
  loop_.watch(listener_.get(), [this](uint32_t) { accept(); });
}

ConsolePort::~ConsolePort() {
  if (listener_) {
    loop_.unwatch(listener_.get());
    ::unlink(settings_.socket.c_str());
  }
  drop_client();
}

// One client at a time: another one is turned away, unless the first has gone unseen because nobody reads in the guest.
void ConsolePort::accept() noexcept {
  base::Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  {
    const std::lock_guard lock(mutex_);
    char byte = 0;
    if (other_side_ && ::recv(other_side_.get(), &byte, 1, MSG_PEEK) == 0) drop_client();
    if (!client || other_side_) return;
    other_side_ = std::move(client);
    watch_client();
  }
  callbacks_.connected();
}

bool ConsolePort::connected() const noexcept {
  const std::lock_guard lock(mutex_);
  return static_cast<bool>(other_side_);
}

void ConsolePort::drop_client() noexcept {
  if (std::exchange(watched_, false)) loop_.unwatch(other_side_.get());
  other_side_.close();
}

ssize_t ConsolePort::read(std::span<uint8_t> room) noexcept {
  const std::lock_guard lock(mutex_);
  if (!other_side_ || !listener_) return 0;
  const ssize_t size = ::recv(other_side_.get(), room.data(), room.size(), 0);
  if (size > 0) return size;
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  drop_client();
  return -1;
}

// Output that nobody takes is lost, as on a wire; a full file system loses it, too.
size_t ConsolePort::write(std::span<const uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  if (!other_side_) return data.size();
  if (!listener_) {
    const ssize_t written = ::write(other_side_.get(), data.data(), data.size());
    return written > 0 ? static_cast<size_t>(written) : data.size();
  }
  const ssize_t sent = ::send(other_side_.get(), data.data(), data.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<size_t>(sent);
  return errno == EAGAIN || errno == EINTR ? 0 : data.size();  // that it is gone is seen when it is read
}

void ConsolePort::want_input(bool wanted) noexcept {
  const std::lock_guard lock(mutex_);
  if (std::exchange(wants_input_, wanted) != wanted) watch_client();
}

void ConsolePort::want_room(bool wanted) noexcept {
  const std::lock_guard lock(mutex_);
  if (std::exchange(wants_room_, wanted) != wanted) watch_client();
}

// Watched for nothing it would say again and again that its other side has gone.
void ConsolePort::watch_client() noexcept try {
  if (!other_side_ || !listener_) return;
  if (std::exchange(watched_, false)) loop_.unwatch(other_side_.get());
  if (!wants_input_ && !wants_room_) return;
  using Interest = platform::EventLoop::Interest;
  const Interest interest = !wants_room_ ? Interest::kRead : wants_input_ ? Interest::kBoth : Interest::kWrite;
  loop_.watch(
      other_side_.get(), [this](uint32_t) { callbacks_.ready(); }, interest);
  watched_ = true;
} catch (const base::Error& error) {
  spdlog::warn("[{}] {}", settings_.socket, error.what());
}

}  // namespace vireo::emulated
