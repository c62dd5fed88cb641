#include "vmm/control_socket.h"

#include <dirent.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

#include "vmm/base/log.h"
#include "vmm/base/unix_address.h"

namespace vireo {
namespace {

constexpr timeval kPatience{.tv_sec = 2, .tv_usec = 0};

// Whether the process that made the socket is gone: its number ends the name.
bool is_left_over(const std::string& path) {
  const auto pid = std::atoi(path.c_str() + path.rfind('.') + 1);
  return pid <= 0 || (::kill(pid, 0) < 0 && errno == ESRCH);
}

// Connect; nothing when nobody answers. A guest that is stopped (SIGSTOP, a debugger) does not.
base::Fd connect_to(const std::string& path) {
  const auto address = base::unix_address(path);
  base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!address || !socket) return {};
  for (const int direction : {SO_RCVTIMEO, SO_SNDTIMEO})
    ::setsockopt(socket.get(), SOL_SOCKET, direction, &kPatience, sizeof kPatience);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0) return socket;
  return {};
}

std::string read_all(const base::Fd& socket) {
  std::string text;
  char part[4096];
  for (ssize_t count = 0; (count = ::read(socket.get(), part, sizeof part)) > 0;)
    text.append(part, static_cast<size_t>(count));
  return text;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  while (const dirent* entry = open ? ::readdir(open.get()) : nullptr)
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string control_folder() {
  if (::geteuid() == 0) return "/run/vireo/guests";
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  return runtime == nullptr || *runtime == '\0' ? "" : std::string(runtime) + "/vireo";
}

ControlSocket::ControlSocket(std::string guest, platform::EventLoop& loop, Place place)
    : guest_(std::move(guest)), loop_(loop), place_(std::move(place)) {}

ControlSocket::~ControlSocket() {
  if (timer_) loop_.unwatch(timer_.get());
  if (!listener_) return;
  loop_.unwatch(listener_.get());
  ::unlink(path_.c_str());
}

void ControlSocket::open_later() {
  if (place_.delay_ms == 0) return open();
  timer_ = base::Fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  const itimerspec once{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_nsec = place_.delay_ms * 1'000'000L}};
  if (!timer_ || ::timerfd_settime(timer_.get(), 0, &once, nullptr) < 0) return open();
  loop_.watch(timer_.get(), [this](uint32_t) {
    loop_.unwatch(timer_.get());
    timer_.close();
    open();
  });
}

// A name may run twice: the process id tells them apart.
void ControlSocket::open() {
  const std::string folder = place_.folder ? *place_.folder : control_folder();
  if (folder.empty()) return;
  path_ = folder + "/" + guest_ + "." + std::to_string(::getpid());
  const auto address = base::unix_address(path_);
  base::Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto bind_and_listen = [&] {
    return ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0 &&
           ::listen(listener.get(), 8) == 0;
  };
  bool listens = address && listener && bind_and_listen();
  if (address && !listens && (errno == ENOENT || errno == EADDRINUSE)) {
    ::mkdir(folder.substr(0, folder.rfind('/')).c_str(), 0755);
    ::mkdir(folder.c_str(), 0700);
    ::unlink(path_.c_str());
    listens = bind_and_listen();
  }
  if (!listens) {
    spdlog::warn("{}: `vireo show` will not find this guest: {}: {}", guest_, path_,
                 base::errno_text(address ? errno : ENAMETOOLONG));
    return;
  }
  listener_ = std::move(listener);
  loop_.watch(listener_.get(), [this](uint32_t) { answer(); });
}

void ControlSocket::serve(std::function<std::string()> describe) {
  if (describe && !listener_ && !timer_) open_later();
  describe_ = std::move(describe);
}

// Short enough for the socket's buffer as a rule; who asks and does not read holds the loop up for a moment at most.
void ControlSocket::answer() {
  const base::Fd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!peer || !describe_) return;
  ::setsockopt(peer.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  const std::string text = describe_();
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::send(peer.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<size_t>(count);
  }
}

std::vector<RunningGuest> running_guests(const std::string& folder) {
  std::vector<RunningGuest> guests;
  for (const std::string& name : names_in(folder)) {
    std::string path = folder;
    path.append("/").append(name);
    if (is_left_over(path)) {
      ::unlink(path.c_str());
      continue;
    }
    const base::Fd socket = connect_to(path);
    guests.push_back({name.substr(0, name.rfind('.')), socket ? read_all(socket) : ""});
  }
  return guests;
}

}  // namespace vireo
