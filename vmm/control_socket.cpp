#include "vmm/control_socket.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

#include "vmm/base/log.h"

namespace vireo {
namespace {

constexpr timeval kPatience{.tv_sec = 2, .tv_usec = 0};

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX};
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  path.copy(address.sun_path, path.size());
  return address;
}

// Connect; nothing when nobody listens there any more.
base::Fd connect_to(const std::string& path) {
  const auto address = address_of(path);
  base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!address || !socket) return {};
  // A guest that is stopped (SIGSTOP, a debugger) does not answer.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0) return socket;
  if (errno == ECONNREFUSED) ::unlink(path.c_str());
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

ControlSocket::ControlSocket(std::string guest, platform::EventLoop& loop, std::string folder)
    : guest_(std::move(guest)), loop_(loop), folder_(std::move(folder)) {}

ControlSocket::~ControlSocket() {
  if (!listener_) return;
  loop_.unwatch(listener_.get());
  ::unlink(path_.c_str());
}

// A name may run twice: the process id tells them apart.
void ControlSocket::open() {
  if (folder_.empty()) return;
  path_ = folder_ + "/" + guest_ + "." + std::to_string(::getpid());
  const auto address = address_of(path_);
  ::mkdir(folder_.substr(0, folder_.rfind('/')).c_str(), 0755);
  ::mkdir(folder_.c_str(), 0700);
  ::unlink(path_.c_str());
  base::Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!address || !listener ||
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) < 0 ||
      ::listen(listener.get(), 8) < 0) {
    spdlog::warn("{}: `vireo show` will not find this guest: {}: {}", guest_, path_,
                 base::errno_text(address ? errno : ENAMETOOLONG));
    return;
  }
  listener_ = std::move(listener);
  loop_.watch(listener_.get(), [this](uint32_t) { answer(); });
}

void ControlSocket::serve(std::function<std::string()> describe) {
  if (describe && !listener_) open();
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
    const base::Fd socket = connect_to(folder + "/" + name);
    if (!socket) continue;
    std::string state = read_all(socket);
    if (!state.empty()) guests.push_back({name.substr(0, name.rfind('.')), std::move(state)});
  }
  return guests;
}

}  // namespace vireo
