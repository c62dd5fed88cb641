#pragma once

#include <optional>

#include "vfio/host/facts.h"
#include "vfio/host/net_links.h"
#include "vmm/compare/agent_link.h"
#include "vmm/compare/medium.h"

namespace vireo::compare {

// The way from a network device to a peer: an interface at the other end of its cable, or behind the same switch, also
// the one that the device itself has for its VFs. The peer sends back what comes, in a network of its own.
// Paths: vf, pf, vhost-net, virtio-net, host; the emulated ones and the host's by interfaces that stand on the
// device's.
class NicMedium final : public Medium {
 public:
  // What is found on the host.
  struct Facts {
    std::string interface;
    std::string address;  // its device's
    std::string peer;     // interface
    bool can_have_vfs = false;
    std::optional<unsigned> vf_index;  // nothing: VFs are yet to be made
    std::string vf_alias;              // by which modules say what they are for
    std::string alias;
  };
  // Errors: (kDevice): one of both is not there, or somebody uses the peer.
  static Facts find(const config::CompareConfig& config, const host::HostRoot& root = {});

  // Lifetime: the config's is longer.
  NicMedium(const config::CompareConfig& config, Facts facts);
  ~NicMedium() override;

  std::string text() const override;
  std::string operation() const override;
  agent::Order order() const override;
  std::vector<std::string> paths() const override;
  Route route(const std::string& path) const override;
  void open(const GuestFiles& files, const StopSignal& stop) override;

 private:
  struct Peer;
  std::function<std::unique_ptr<HostPart>()> stands_on_device(const std::string& path, const std::string& name) const;

  const config::CompareConfig& config_;
  Facts facts_;
  std::unique_ptr<host::LinkUp> up_;
  std::unique_ptr<Peer> peer_;
};

}  // namespace vireo::compare
