// What the doctor says of devices: a recorded host, each time with one thing that is wrong.
#include "tests/unit/vfio/host/doctor_fixture.h"

namespace vireo::host {
namespace {

class DeviceIllness : public testing::TestWithParam<Illness> {};

TEST_P(DeviceIllness, IsFound) {
  expect_finding(GetParam());
}

constexpr unsigned kExpress = 0x10;
constexpr unsigned kAcs = 0x0d;
const std::string kLog = "/dev/kmsg";

void share_group(const RecordedHost& host) {
  host.join_group(kNic, 8, 7);
}

// What sysfs gives to whoever is not root.
void cut_config(const RecordedHost& host, const std::string& address) {
  const std::string file = host.folder_of(address) + "config";
  host.write(file, host.read(file).substr(0, 64));
}

void put_on_variant(const RecordedHost& host) {
  host.replace(host.folder_of(kNvme) + "uevent", "DRIVER=nvme", "DRIVER=mlx5_vfio_pci");
}

// `resource` of a PF: its BARs, its ROM, its VFs' BARs.
void take_room(const RecordedHost& host) {
  std::string text = "0x00000000fe200000 0x00000000fe203fff 0x0000000000140204\n";
  for (unsigned line = 1; line < 13; ++line) text += "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
  host.write(host.folder_of(kNvme) + "resource", text);
}

const Illness kDeviceIllnesses[] = {
    {"ServerWhosePortLacksAcs",
     [](const RecordedHost& host) {
       share_group(host);
       host.drop_capability(kNicPort, kAcs);
     },
     {},
     Severity::kNote,
     "groups",
     "IOMMU group 7 has 0000:01:00.0, 0000:02:00.0",
     "0000:00:04.0 is above them, and it has no ACS",
     ""},
    {"PortWhoseAcsIsOff",
     [](const RecordedHost& host) {
       share_group(host);
       host.put(kNicPort, host.extended_capability(kNicPort, kAcs) + 6, std::string(2, '\0'));
     },
     {},
     Severity::kNote,
     "groups",
     "IOMMU group 7",
     "0000:00:04.0 is above them, and its ACS is not switched on",
     ""},
    {"GroupBehindABridge",
     [](const RecordedHost& host) {
       share_group(host);
       host.put(kNicPort, host.capability(kNicPort, kExpress) + 2, "\x71");
     },
     {},
     Severity::kNote,
     "groups",
     "IOMMU group 7",
     "0000:00:04.0 is above them, and it is a bridge to conventional PCI",
     ""},
    // PCIe 6.0 7.6.3: the last capability may begin at 0xffc.
    {"PortWhoseAcsIsCutOff",
     [](const RecordedHost& host) {
       share_group(host);
       host.put(kNicPort, host.extended_capability(kNicPort, kAcs), std::string("\x0b\x00\xc1\xff", 4));
       host.put(kNicPort, 0xffc, std::string("\x0d\x00\x01\x00", 4));
     },
     {},
     Severity::kNote,
     "groups",
     "IOMMU group 7",
     "0000:00:04.0 is above them, and its ACS is not switched on",
     ""},
    {"GroupThatOnlyRootCanExplain",
     [](const RecordedHost& host) {
       share_group(host);
       cut_config(host, kNicPort);
       cut_config(host, kNvmePort);
     },
     {},
     Severity::kNote,
     "groups",
     "IOMMU group 7",
     "only root can see which bridge lacks ACS",
     ""},
    {"GroupOfADeviceOnAVariantDriver",
     [](const RecordedHost& host) {
       share_group(host);
       host.replace(host.folder_of(kNic) + "uevent", "DRIVER=e1000e", "DRIVER=mlx5_vfio_pci");
     },
     {},
     Severity::kError,
     "groups",
     "IOMMU group 7 is not viable for 0000:02:00.0: 0000:01:00.0 is bound to nvme",
     "",
     "give 0000:01:00.0"},
    {"DeviceOfSeveralFunctions",
     [](const RecordedHost&) {},
     {},
     Severity::kNote,
     "groups",
     "IOMMU group 6 has 0000:00:1f.0, 0000:00:1f.2, 0000:00:1f.3",
     "0000:00:1f is one device of 3 functions",
     ""},
    // kubevirt#6718: "group 7 is not viable", and nobody says because of whom.
    {"CulpritOfAGroup",
     share_group,
     {kNic},
     Severity::kError,
     "groups",
     "IOMMU group 7 is not viable for 0000:02:00.0: 0000:01:00.0 is bound to nvme",
     "",
     "give 0000:01:00.0"},
    // kata-containers#13270: a BAR of half a terabyte, and a guest whose addresses end there.
    {"BarsWiderThanAddresses",
     [](const RecordedHost& host) {
       host.write(host.folder_of(kNic) + "resource",
                  "0x0000004000000000 0x0000007fffffffff 0x000000000014220c\n"
                  "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
                  "0x0000008000000000 0x000000bfffffffff 0x000000000014220c\n");
     },
     {kNic},
     Severity::kError,
     "bars",
     "0000:02:00.0 has BARs of 512 GiB, the CPU addresses of 40 bits",
     "not enough for such BARs",
     "bar_size"},
    {"BarWithoutAnAddress",
     [](const RecordedHost& host) {
       host.write(host.folder_of(kNic) + "resource", "0x0000000000000000 0x000000000001ffff 0x0000000020040200\n");
     },
     {kNic},
     Severity::kError,
     "bars",
     "0000:02:00.0: BAR 0 has no address",
     "windows of the bridges",
     "pci=realloc"},
    // kata-containers#11708: the device is in D3cold when its guest wants it.
    {"DeviceThatIsSwitchedOff",
     [](const RecordedHost& host) { host.write(host.folder_of(kNic) + "power_state", "D3cold\n"); },
     {kNic},
     Severity::kWarning,
     "power",
     "0000:02:00.0 is switched off (D3cold)",
     "do not come back",
     "echo 0 > /sys/bus/pci/devices/0000:02:00.0/d3cold_allowed"},
    {"DeviceThatDoesNotAnswer",
     [](const RecordedHost& host) { host.put(kNic, 0, std::string(64, '\xff')); },
     {kNic},
     Severity::kError,
     "power",
     "0000:02:00.0 does not answer",
     "did not come back from D3cold or from a reset",
     "/sys/bus/pci/rescan"},
    {"DeviceWithoutReset",
     [](const RecordedHost& host) { host.write(host.folder_of(kNic) + "reset_method", "\n"); },
     {kNic},
     Severity::kWarning,
     "reset",
     "0000:02:00.0 has no reset",
     "as the last one left it",
     "so that its bus can be reset"},
    {"DeviceOnAVariantDriverWithoutReset",
     [](const RecordedHost& host) {
       put_on_variant(host);
       host.write(host.folder_of(kNvme) + "reset_method", "\n");
     },
     {},
     Severity::kWarning,
     "reset",
     "0000:01:00.0 has no reset",
     "",
     ""},
    // openshift/sriov-network-operator#1185: "no space left on device" when VFs are made.
    {"NoRoomForVfs",
     take_room,
     {},
     Severity::kWarning,
     "sriov",
     "0000:01:00.0 can have no VFs: their BARs have no room",
     "ENOMEM or ENOSPC",
     "above 4G decoding"},
    {"NoBusNumbersForVfs",
     [](const RecordedHost& host) {
       const size_t sriov = host.extended_capability(kNvme, 0x10);
       host.put(kNvme, sriov + 0x14, std::string("\x80\x00\x20\x00", 4));  // First VF Offset 128, VF Stride 32
     },
     {},
     Severity::kWarning,
     "sriov",
     "0000:01:00.0 can have 4 of its 8 VFs",
     "VF 4 would be on bus 02, and 0000:00:03.0 above it forwards up to 01",
     "pci=assign-busses"},
    {"PfWithoutADriver",
     [](const RecordedHost& host) { host.replace(host.folder_of(kNvme) + "uevent", "DRIVER=nvme", "DRIVER=vfio-pci"); },
     {},
     Severity::kNote,
     "sriov",
     "0000:01:00.0 has no driver that makes VFs",
     "bound to vfio-pci",
     "lspci -k"},
    {"PfOnAVariantDriver",
     put_on_variant,
     {},
     Severity::kNote,
     "sriov",
     "0000:01:00.0 has no driver that makes VFs",
     "bound to mlx5_vfio_pci",
     ""},
    {"VfsThatTheKernelRefused",
     [](const RecordedHost& host) {
       host.write(kLog,
                  "6,1,1,-;Linux version 6.1\n"
                  "3,2,2,-;nvme 0000:01:00.0: not enough MMIO resources for SR-IOV\n SUBSYSTEM=pci\n");
     },
     {},
     Severity::kWarning,
     "log",
     "VFs could not be made (ENOMEM): their BARs have no room",
     "since it booted",
     "pci=realloc"},
    {"VfsWithoutBusesInTheLog",
     [](const RecordedHost& host) {
       host.write(kLog, "3,2,2,-;igb 0000:02:00.0: can't enable 7 VFs (bus 03 out of range of [bus 02])\n");
     },
     {},
     Severity::kWarning,
     "log",
     "they have no bus numbers",
     "since it booted",
     "pci=assign-busses"},
    // cloud-hypervisor#7079, #7081: a device with more vectors than there are.
    {"VectorsThatRanOut",
     [](const RecordedHost& host) {
       host.write(kLog, "4,2,2,-;irq 77: Affinity broken due to vector space exhaustion.\n");
     },
     {},
     Severity::kWarning,
     "log",
     "no interrupt vectors left (ENOSPC)",
     "since it booted",
     "fewer queues"},
    {"ResetThatGaveUp",
     [](const RecordedHost& host) {
       host.write(kLog,
                  "4,2,2,-;vfio-pci 0000:02:00.0: not ready 65535ms after FLR; giving up\n"
                  "4,3,3,-;vfio-pci 0000:02:00.0: not ready 65535ms after bus reset; giving up\n");
     },
     {},
     Severity::kWarning,
     "log",
     "did not come back from its reset",
     "2 times since it booted",
     "another `reset:`"},
    // lf-edge/eve#5908: what the last guest's VF was held to is the next one's.
    {"GuestThatWasKilled",
     [](const RecordedHost& host) {
       host.write("/proc/sys/kernel/random/boot_id", "b1\n");
       host.write("/run/vireo/claims/77-1.json",
                  to_text({.boot = "b1",
                           .pid = 77,
                           .guest = "web",
                           .created = 1,
                           .steps = {VfPolicyStep{.device = kNic,
                                                  .place = {.physical_function = "eth1", .index = 0},
                                                  .before = {{"mac", "00:00:00:00:00:00"}},
                                                  .wanted = {{"mac", "52:54:00:00:00:01"}}}}}));
     },
     {},
     Severity::kWarning,
     "claims",
     "guest \"web\" is gone, and what was changed for it is not undone: 0000:02:00.0",
     "pid 77, was killed",
     "vireo host restore"},
    {"JournalThatIsCutShort",
     [](const RecordedHost& host) { host.write("/run/vireo/claims/77-1.json", "{\"boot\": "); },
     {},
     Severity::kWarning,
     "claims",
     "/run/vireo/claims/77-1.json cannot be read",
     "",
     "remove it"},
};

INSTANTIATE_TEST_SUITE_P(Doctor, DeviceIllness, testing::ValuesIn(kDeviceIllnesses),
                         [](const auto& illness) { return std::string(illness.param.name); });

}  // namespace
}  // namespace vireo::host
