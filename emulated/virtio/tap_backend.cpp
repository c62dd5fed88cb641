#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "emulated/virtio/net_backend.h"
#include "emulated/virtio/net_registers.h"
#include "vmm/base/ioctl.h"
#include "vmm/base/log.h"

namespace vireo::emulated {
namespace {

using base::ExitCode;

constexpr const char* kInUseHelp = "another guest has it: give each a tap of its own";

std::string interface_folder(const std::string& name) {
  return "/sys/class/net/" + name;
}

std::string making(const std::string& name, unsigned queues) {
  return fmt::format("ip tuntap add dev {0} mode tap{1} user $USER && ip link set {0} up", name,
                     queues > 1 ? " multi_queue" : "");
}

// IFF_*; 0 for what is no tap.
unsigned long tap_flags(const std::string& name) {
  const std::string flags = base::read_text_or_empty(interface_folder(name) + "/tun_flags");
  return flags.empty() ? 0 : std::strtoul(flags.c_str(), nullptr, 16);
}

// The kernel lets anybody with the right to it attach to a tap of several queues: no EBUSY tells of another guest.
ptrdiff_t attached_queues(const std::string& name) {
  std::error_code error;
  const std::filesystem::directory_iterator queues(interface_folder(name) + "/queues", error);
  return error ? 0 : std::count_if(begin(queues), end(queues), [](const auto& entry) {
    return entry.path().filename().string().starts_with("rx-");
  });
}

// A tap on another interface, whose frames it takes and sends: its queues are opened by a device node of its own.
// drivers/net/macvtap.c
bool is_macvtap(const std::string& name) {
  return ::access((interface_folder(name) + "/macvtap").c_str(), F_OK) == 0;
}

base::Fd open_node(const std::string& name) {
  const bool own = is_macvtap(name);
  const std::string path =
      own ? "/dev/tap" + std::to_string(::if_nametoindex(name.c_str())) : std::string("/dev/net/tun");
  base::Fd file(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!file)
    throw base::SystemError(ExitCode::kHost, path, errno,
                            own ? "let vireo's user open it" : "modprobe tun, and let vireo's user open it");
  return file;
}

// several: IFF_MULTI_QUEUE, or 0. Its frames have a NetHeader.
base::Fd open_queue(const std::string& name, unsigned long several) {
  base::Fd file = open_node(name);
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | several);
  if (::ioctl(file.get(), TUNSETIFF, &request) < 0) {
    const int error = errno;
    const char* help = error == EBUSY   ? kInUseHelp
                       : error == EPERM ? "it is not this user's: ip tuntap add dev NAME mode tap user $USER"
                                        : "it must be a tap with virtio headers (ip tuntap)";
    throw base::SystemError(ExitCode::kHost, "TUNSETIFF on network interface " + name, error, help);
  }
  int header = sizeof(NetHeader);
  if (::ioctl(file.get(), TUNSETVNETHDRSZ, &header) < 0)
    throw base::SystemError(ExitCode::kHost, "TUNSETVNETHDRSZ on network interface " + name, errno,
                            base::kKernelLogHelp);
  return file;
}

// Anybody who may can open it once more: who else has it is seen by a lock.
std::vector<base::Fd> open_macvtap(const std::string& name, unsigned queues) {
  std::vector<base::Fd> files;
  for (unsigned i = 0; i < queues; ++i) files.push_back(open_queue(name, queues > 1 ? IFF_MULTI_QUEUE : 0));
  if (::flock(files[0].get(), LOCK_EX | LOCK_NB) < 0)
    throw base::SystemError(ExitCode::kHost, "network interface " + name, EBUSY, kInUseHelp);
  return files;
}

class TapBackend final : public NetBackend {
 public:
  explicit TapBackend(base::Fd file) : file_(std::move(file)) {}

  int file() const override { return file_.get(); }
  uint64_t features() const override { return tap_features(); }
  void accept(uint64_t features) noexcept override { set_tap_features(file_, features); }
  bool attach(bool attached) noexcept override { return attach_tap(file_, attached); }
  ssize_t receive(std::span<uint8_t> packet) noexcept override {
    const ssize_t size = ::read(file_.get(), packet.data(), packet.size());
    if (size < 0) return errno == EBADFD || errno == EBADF ? -1 : 0;  // else: that frame is lost
    return size;
  }
  // A frame that the kernel refuses is lost, as a bad one on a wire is; an interface that is down takes none.
  bool send(std::span<const iovec> packet) noexcept override {
    const ssize_t size = ::writev(file_.get(), packet.data(), static_cast<int>(packet.size()));
    return size >= 0 || errno != EBADFD;
  }

 private:
  base::Fd file_;
};

}  // namespace

uint64_t tap_features() noexcept {
  return kNetChecksum | kNetGuestChecksum | kNetGuestTso4 | kNetGuestTso6 | kNetGuestEcn | kNetHostTso4 | kNetHostTso6 |
         kNetHostEcn;
}

// What the guest cannot take whole the host's kernel segments and sums first. linux/if_tun.h
void set_tap_features(const base::Fd& tap, uint64_t features) noexcept {
  unsigned long offloads = 0;
  if ((features & kNetGuestChecksum) != 0) {
    offloads = TUN_F_CSUM;
    if ((features & kNetGuestTso4) != 0) offloads |= TUN_F_TSO4;
    if ((features & kNetGuestTso6) != 0) offloads |= TUN_F_TSO6;
    if ((features & kNetGuestEcn) != 0 && offloads != TUN_F_CSUM) offloads |= TUN_F_TSO_ECN;
  }
  ::ioctl(tap.get(), TUNSETOFFLOAD, offloads);
}

std::optional<std::array<uint8_t, 6>> macvtap_station(const std::string& name) {
  if (!is_macvtap(name)) return std::nullopt;
  const std::string text = base::read_text_or_empty(interface_folder(name) + "/address");
  std::array<uint8_t, 6> station{};
  for (size_t i = 0; i < station.size() && text.size() >= 17; ++i)
    station[i] = static_cast<uint8_t>(std::strtoul(&text[i * 3], nullptr, 16));
  return station;
}

std::unique_ptr<NetBackend> make_tap(base::Fd tap) {
  return std::make_unique<TapBackend>(std::move(tap));
}

bool attach_tap(const base::Fd& tap, bool attached) noexcept {
  ifreq request{};
  request.ifr_flags = static_cast<short>(attached ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE);
  if (::ioctl(tap.get(), TUNSETQUEUE, &request) == 0) return true;
  spdlog::warn("TUNSETQUEUE of a tap: {}", base::errno_text(errno));
  return false;
}

void check_tap(const std::string& name, unsigned queues) {
  const std::string what = "network interface " + name + ": ";
  const std::string make = making(name, queues);
  if (name.size() >= IFNAMSIZ || ::access(interface_folder(name).c_str(), F_OK) != 0)
    throw base::Error(ExitCode::kHost, what + "there is none of that name", make);
  if (is_macvtap(name)) return;
  const unsigned long flags = tap_flags(name);
  if ((flags & IFF_TAP) == 0)
    throw base::Error(ExitCode::kHost, what + "it is no tap", "name one that was made by: " + make);
  if (queues > 1 && (flags & IFF_MULTI_QUEUE) == 0)
    throw base::Error(ExitCode::kHost, what + "it is a tap of one queue",
                      "leave `queues` out, or make it anew: ip link delete " + name + " && " + make);
}

std::vector<base::Fd> open_tap(const std::string& name, unsigned queues) {
  check_tap(name, queues);
  if (is_macvtap(name)) return open_macvtap(name, queues);
  // A tap for several is opened as such for one, too.
  const unsigned long several = tap_flags(name) & IFF_MULTI_QUEUE;
  std::vector<base::Fd> files;
  for (unsigned i = 0; i < queues; ++i) files.push_back(open_queue(name, several));
  if (several != 0 && attached_queues(name) > queues)
    throw base::SystemError(ExitCode::kHost, "queues of network interface " + name, EBUSY, kInUseHelp);
  return files;
}

}  // namespace vireo::emulated
