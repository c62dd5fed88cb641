#include "tests/unit/vmm/plan_picture_fixture.h"

#include "vmm/plan_svg.h"

namespace vireo {

using base::kGiB;
using base::kKiB;
using base::kMiB;

PlanPictureTest::PlanPictureTest() {
  config_.name = "web1";
  config_.cpus = 4;
  config_.memory = {.size = 8 * kGiB, .hugepages = kGiB, .numa_node = 0, .where = {}};
  config_.boot.kernel = "/k";
  surroundings_.machine = {.kvm_present = true,
                           .vfio_present = true,
                           .physical_address_bits = 46,
                           .numa_node_present = true,
                           .huge_pages = {{.page_size = kGiB, .free = 16}},
                           .memlock_soft = ~uint64_t{0},
                           .memlock_hard = ~uint64_t{0}};
}

host::HostFacts PlanPictureTest::function(const std::string& address, const std::string& bridges,
                                          const std::string& name) {
  host::HostFacts facts{.address = address, .path = "/sys/devices/" + bridges + "/" + address, .name = name};
  facts.driver = "vfio-pci";
  facts.group = 42;
  facts.bars = {{.index = 0, .size = 16 * kKiB, .is_64bit = true}};
  facts.msix.vectors = 33;
  facts.numa_node = 0;
  return facts;
}

host::HostFacts PlanPictureTest::bridge(const std::string& address, const std::string& name) {
  host::HostFacts facts{.address = address, .class_code = 0x060400, .name = name, .driver = "pcieport"};
  facts.group = 7;
  return facts;
}

void PlanPictureTest::give(const host::HostFacts& facts) {
  surroundings_.devices[facts.address] = {.address = facts.address, .facts = facts};
  config_.pcie.root_ports.push_back(
      {.name = "rp" + std::to_string(config_.pcie.root_ports.size()), .functions = {{.vfio = facts.address}}});
}

void PlanPictureTest::give_below_switch(const host::HostFacts& facts) {
  surroundings_.devices[facts.address] = {.address = facts.address, .facts = facts};
  auto& ports = config_.pcie.root_ports;
  if (ports.empty() || ports.back().downstream.empty())
    ports.push_back({.name = "sw0-rp", .downstream = {{.name = "sw0"}}});
  auto& below = ports.back().downstream.front().ports;
  below.push_back({.name = "dp" + std::to_string(below.size()), .functions = {{.vfio = facts.address}}});
}

void PlanPictureTest::emulate(const config::EmulatedConfig& device) {
  config_.pcie.root_ports.push_back(
      {.name = "rp" + std::to_string(config_.pcie.root_ports.size()), .emulated = device});
}

void PlanPictureTest::give_some_of_all() {
  host::HostFacts vf =
      function("0000:65:02.1", "pci0000:64/0000:64:02.0", "Intel Ethernet Virtual Function 700 Series");
  vf.is_vf = true;
  vf.physical_function = "0000:65:00.0";
  give(vf);
  host::HostFacts disk =
      function("0000:c1:00.0", "pci0000:c0/0000:c0:01.1", "Samsung NVMe SSD Controller PM9A1/980PRO");
  disk.class_code = 0x010802;
  disk.numa_node = 1;
  disk.group = 61;
  give(disk);
  for (const char* address : {"0000:19:00.0", "0000:1a:00.0"}) {
    host::HostFacts gpu = function(
        address,
        std::string("pci0000:16/0000:16:02.0/0000:17:00.0/") + (address[6] == '9' ? "0000:18:00.0" : "0000:18:01.0"),
        "NVIDIA Corporation GA100 [A100 PCIe 80GB]");
    gpu.bars = {{.index = 0, .size = 16 * kMiB},
                {.index = 1, .size = 128 * kGiB, .is_64bit = true, .prefetchable = true},
                {.index = 3, .size = 32 * kMiB, .is_64bit = true, .prefetchable = true}};
    gpu.group = address[6] == '9' ? 31 : 32;
    gpu.msix.vectors = 6;
    give_below_switch(gpu);
  }
  emulate({.kind = config::EmulatedKind::kBlock, .disk = {.image = "/srv/images/web1.raw", .read_only = true}});
  surroundings_.images["/srv/images/web1.raw"].size = 20 * kGiB;
  emulate({.kind = config::EmulatedKind::kNet, .net = {.tap = "vnet0", .mac = {}}});
  emulate({});
  config_.pcie.root_ports.push_back({.name = "spare"});
  neighbours_ = {bridge("0000:64:02.0", "Intel Corporation Sky Lake-E PCI Express Root Port C"),
                 bridge("0000:18:00.0", "Broadcom PEX880xx PCIe Gen 4 Switch"),
                 function("0000:65:00.0", "pci0000:64/0000:64:02.0", "Intel Ethernet Controller X710 for 10GbE SFP+")};
  neighbours_.back().driver = "i40e";
}

void PlanPictureTest::give_what_cannot_be() {
  host::HostFacts nic = function("0000:66:00.0", "pci0000:64/0000:64:03.0", "Mellanox MT27800 Family [ConnectX-5]");
  nic.driver = "mlx5_core";
  nic.uses = {{.what = "network interface ens3f0 has the default route to 192.0.2.1, and 3 more routes go through it",
               .blocking = true}};
  give(nic);
  surroundings_.devices["0000:67:00.0"] = {
      .address = "0000:67:00.0",
      .facts = {},
      .problem = "0000:67:00.0: there is no such PCI device on this host; the nearest that there are: 0000:66:00.0",
      .help = "lspci -D lists the addresses"};
  config_.pcie.root_ports.push_back({.name = "gone", .functions = {{.vfio = "0000:67:00.0"}}});
}

Plan PlanPictureTest::plan() const {
  Plan made = make_plan(config_, surroundings_);
  for (const host::HostFacts& facts : neighbours_) made.around.emplace(facts.address, facts);
  return made;
}

std::string PlanPictureTest::svg() const {
  return plan_svg(plan());
}

}  // namespace vireo
