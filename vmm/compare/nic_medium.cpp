#include "vmm/compare/nic_medium.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "vfio/host/net_links.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/ioctl.h"
#include "vmm/base/log.h"
#include "vmm/compare/vf_device.h"

namespace vireo::compare {
namespace {

using base::Error;
using base::ExitCode;
using Kind = host::UpperLink::Kind;

// For measuring between network devices. Source: RFC 2544, C.2.2.
constexpr const char* kPeerAddress = "198.18.0.1";
constexpr unsigned kPrefix = 24;
constexpr unsigned kSecondsToAnswer = 60;

// A path, the last byte of its address, and what the interface that is made for it is called before our process'
// number.
struct NicPath {
  const char* name;
  unsigned address;
  const char* link;
};
constexpr std::array kPaths{NicPath{"vf", 2, ""}, NicPath{"pf", 3, ""}, NicPath{"vhost-net", 4, "vireov"},
                            NicPath{"virtio-net", 5, "vireou"}, NicPath{"host", 6, "vireoh"}};

const NicPath& path_of(const std::string& name) {
  return *std::ranges::find_if(kPaths, [&](const NicPath& path) { return name == path.name; });
}

std::string words(const char* order, const std::string& interface, const std::string& address) {
  return order + agent::text(agent::Network{
                     .interface = interface, .address = address, .prefix = kPrefix, .peer = kPeerAddress});
}

// An interface comes back a little after who had it is gone. Nothing tells of it that sees other networks end.
template <typename Find>
std::string wait_for_interface(Find find, const std::string& what) {
  constexpr std::chrono::milliseconds kPause(20);
  for (unsigned i = 0; i < 500; ++i) {
    if (std::string name = find(); !name.empty()) return name;
    std::this_thread::sleep_for(kPause);
  }
  throw Error(ExitCode::kDevice, what + " did not come back to the host", base::kKernelLogHelp);
}

std::string interface_of(const std::string& address) {
  const auto names = host::list_folder("/sys/bus/pci/devices/" + address + "/net");
  return names.empty() ? std::string() : names.front();
}

// An interface on that of a device, which is up meanwhile.
class StandingLink final : public HostPart {
 public:
  StandingLink(Kind kind, const std::string& name, const std::string& lower)
      : moves_(kind == Kind::kMacvlan), lower_(lower), link_(kind, name, lower) {}

  void give_to(pid_t agent) override {
    if (moves_) host::move_link(link_.name(), agent);
  }

 private:
  bool moves_;
  host::LinkUp lower_;
  host::UpperLink link_;
};

}  // namespace

// The peer's agent, which has its interface as long as it lives.
struct NicMedium::Peer {
  Peer(const std::string& interface, const GuestFiles& files, const StopSignal& stop)
      : name(interface),
        up(name),
        child({.command = {files.agent}, .log = files.folder + "/peer.log", .own_network = true}, stop),
        link(child) {
    const Deadline deadline = in_seconds(kSecondsToAnswer);
    link.await_ready(deadline);
    host::move_link(name, child.pid());
    link.echo(words("echo ", name, kPeerAddress), deadline);
  }
  ~Peer() {
    child.end();
    try {
      wait_for_interface([this] { return host::exists("/sys/class/net/" + name) ? name : std::string(); },
                         "network interface " + name);
    } catch (const std::exception& error) {
      spdlog::warn("{}", error.what());
    }
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::string name;
  host::LinkUp up;
  Child child;
  AgentLink link;
};

NicMedium::NicMedium(const config::CompareConfig& config, Facts facts) : config_(config), facts_(std::move(facts)) {}

NicMedium::~NicMedium() = default;

std::string NicMedium::text() const {
  return fmt::format("{} ({}) to {}", facts_.interface, facts_.address, facts_.peer);
}

std::string NicMedium::operation() const {
  return fmt::format("{} byte round trips by {}", config_.message, config_.by_tcp() ? "TCP" : "UDP");
}

agent::Order NicMedium::order() const {
  return {.operation = config_.by_tcp() ? agent::Operation::kTcp : agent::Operation::kUdp, .block = config_.message};
}

std::vector<std::string> NicMedium::paths() const {
  return {facts_.can_have_vfs ? "vf" : "pf", "vhost-net", "virtio-net", "host"};
}

void NicMedium::open(const GuestFiles& files, const StopSignal& stop) {
  for (const NicPath& path : kPaths)
    if (*path.link != '\0') host::delete_left_links(path.link);
  up_ = std::make_unique<host::LinkUp>(facts_.interface);
  try {
    peer_ = std::make_unique<Peer>(facts_.peer, files, stop);
  } catch (const ChildFailure& failure) {
    throw Error(ExitCode::kDevice, "the peer, network interface " + facts_.peer + ": " + failure.what());
  }
}

Route NicMedium::route(const std::string& path) const {
  const NicPath& found = path_of(path);
  Route route{.device = facts_.interface, .exclusive = path == "pf"};
  const std::string link = *found.link == '\0' ? "" : found.link + std::to_string(::getpid());
  const std::string address = fmt::format("198.18.0.{}", found.address);
  route.words = words("net ", path == "host" ? link : "", address);
  if (!link.empty()) route.provide = stands_on_device(path, link);
  if (path == "vf" || path == "pf") {
    route.kind = PathKind::kPassthrough;
    route.alias = path == "vf" ? facts_.vf_alias : facts_.alias;
    config::VfConfig vf = config_.vf.value_or(config::VfConfig{});
    if (!vf.index) vf.index = facts_.vf_index;
    route.guest_device =
        (path == "vf" ? vf_device(vf, facts_.address) : nlohmann::json{{"vfio", facts_.address}}).dump();
  } else if (path == "host") {
    route.own_network = true;
  } else {
    route.kind = PathKind::kVirtio;
    route.modules = {"virtio_pci", "virtio_net"};
    route.guest_device = nlohmann::json{{"virtio", "net"}, {"tap", link}, {"vhost", path == "vhost-net"}}.dump();
  }
  return route;
}

std::function<std::unique_ptr<HostPart>()> NicMedium::stands_on_device(const std::string& path,
                                                                       const std::string& name) const {
  return [address = facts_.address, kind = path == "host" ? Kind::kMacvlan : Kind::kMacvtap, name] {
    const std::string lower = wait_for_interface([&] { return interface_of(address); }, "the interface of " + address);
    return std::make_unique<StandingLink>(kind, name, lower);
  };
}

}  // namespace vireo::compare
