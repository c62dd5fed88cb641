#include <linux/if_tun.h>
#include <net/if.h>

#include <cerrno>
#include <cstring>

#include "emulated/virtio/net_backend.h"
#include "emulated/virtio/net_registers.h"
#include "vmm/base/ioctl.h"

namespace vireo::emulated {
namespace {

using base::ExitCode;

std::string interface_folder(const std::string& name) {
  return "/sys/class/net/" + name;
}

class TapBackend final : public NetBackend {
 public:
  explicit TapBackend(base::Fd file) : file_(std::move(file)) {}

  int file() const override { return file_.get(); }
  uint64_t features() const override { return tap_features(); }
  void accept(uint64_t features) noexcept override { set_tap_features(file_, features); }
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

std::unique_ptr<NetBackend> make_tap(base::Fd tap) {
  return std::make_unique<TapBackend>(std::move(tap));
}

void check_tap(const std::string& name) {
  const std::string what = "network interface " + name + ": ";
  const std::string make = "ip tuntap add dev " + name + " mode tap user $USER && ip link set " + name + " up";
  if (name.size() >= IFNAMSIZ || ::access(interface_folder(name).c_str(), F_OK) != 0)
    throw base::Error(ExitCode::kHost, what + "there is none of that name", make);
  const std::string flags = base::read_text_or_empty(interface_folder(name) + "/tun_flags");
  if (flags.empty() || (std::strtoul(flags.c_str(), nullptr, 16) & IFF_TAP) == 0)
    throw base::Error(ExitCode::kHost, what + "it is no tap", "name one that was made by: " + make);
}

base::Fd open_tap(const std::string& name) {
  check_tap(name);
  constexpr const char* kPath = "/dev/net/tun";
  base::Fd file(::open(kPath, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!file) throw base::SystemError(ExitCode::kHost, kPath, errno, "modprobe tun, and let vireo's user open it");
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (::ioctl(file.get(), TUNSETIFF, &request) < 0) {
    const int error = errno;
    const char* help = error == EBUSY   ? "another guest has it: give each a tap of its own"
                       : error == EPERM ? "it is not this user's: ip tuntap add dev NAME mode tap user $USER"
                                        : "it must be a tap of one queue, with virtio headers";
    throw base::SystemError(ExitCode::kHost, "TUNSETIFF on network interface " + name, error, help);
  }
  int header = sizeof(NetHeader);
  if (::ioctl(file.get(), TUNSETVNETHDRSZ, &header) < 0)
    throw base::SystemError(ExitCode::kHost, "TUNSETVNETHDRSZ on network interface " + name, errno,
                            base::kKernelLogHelp);
  return file;
}

}  // namespace vireo::emulated
