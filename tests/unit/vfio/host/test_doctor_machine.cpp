// What the doctor says of machines: a recorded host, each time with one thing that is wrong.
#include "tests/unit/vfio/host/doctor_fixture.h"

namespace vireo::host {
namespace {

class MachineIllness : public testing::TestWithParam<Illness> {};

TEST_P(MachineIllness, IsFound) {
  expect_finding(GetParam());
}

void switch_iommu_off(const RecordedHost& host) {
  host.remove("/sys/kernel/iommu_groups");
  host.remove("/sys/class/iommu");
  host.write("/proc/cmdline", "quiet\n");
}

const std::string kDmar = "/sys/firmware/acpi/tables/DMAR";
const std::string kPools = "/sys/devices/system/node/node0/hugepages/hugepages-2048kB";

const Illness kMachineIllnesses[] = {
    {"LaptopWithItsIommuOff",
     switch_iommu_off,
     {},
     Severity::kError,
     "iommu",
     "the IOMMU is off",
     "the kernel was not told to use it",
     "put intel_iommu=on"},
    {"IommuOffInTheFirmware",
     [](const RecordedHost& host) {
       switch_iommu_off(host);
       host.remove(kDmar);
     },
     {},
     Severity::kError,
     "iommu",
     "the IOMMU is off",
     "the firmware describes none",
     "switch on AMD-Vi"},
    {"IommuOffByTheCommandLine",
     [](const RecordedHost& host) {
       switch_iommu_off(host);
       host.write("/proc/cmdline", "quiet intel_iommu=off\n");
     },
     {},
     Severity::kError,
     "iommu",
     "the IOMMU is off",
     "booted with intel_iommu=off",
     "take intel_iommu=off off"},
    {"IommuOfAnAmdMachine",
     [](const RecordedHost& host) {
       switch_iommu_off(host);
       host.remove(kDmar);
       host.write("/sys/firmware/acpi/tables/IVRS", "there\n");
     },
     {},
     Severity::kError,
     "iommu",
     "the IOMMU is off",
     "the kernel was not told to use it",
     "put amd_iommu=on"},
    {"NoIommuMode",
     [](const RecordedHost& host) { host.write("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n"); },
     {},
     Severity::kWarning,
     "iommu",
     "that no IOMMU covers",
     "all of the host's memory",
     "echo N > "},
    {"NoInterruptRemapping",
     [](const RecordedHost& host) { host.write("/proc/interrupts", "  0:  9  IO-APIC  2-edge  timer\n"); },
     {},
     Severity::kError,
     "interrupts",
     "not remapped",
     "VFIO refuses to attach a device's group: EPERM",
     "x2APIC"},
    {"InterruptRemappingOffByTheCommandLine",
     [](const RecordedHost& host) {
       host.write("/proc/interrupts", "  0:  9  IO-APIC  2-edge  timer\n");
       host.write("/proc/cmdline", "intel_iommu=on intremap=off\n");
     },
     {},
     Severity::kError,
     "interrupts",
     "not remapped",
     "EPERM",
     "take intremap=off off"},
    {"UnsafeInterruptsAllowed",
     [](const RecordedHost& host) {
       host.write("/proc/interrupts", "  0:  9  IO-APIC  2-edge  timer\n");
       host.write("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y\n");
     },
     {},
     Severity::kWarning,
     "interrupts",
     "not remapped",
     "nevertheless",
     "x2APIC"},
    // kata-containers#10582, cloud-hypervisor#7030: EINVAL, EFAULT and EEXIST of VFIO_IOMMU_MAP_DMA, unexplained.
    {"IommuNarrowerThanTheCpu",
     [](const RecordedHost&) {},
     {},
     Severity::kWarning,
     "dma",
     "dmar0 maps addresses of 39 bits, the CPU has 40",
     "above 512 GiB",
     "peer_to_peer: false"},
    {"MemoryThatTheFirmwareKeeps",
     [](const RecordedHost& host) {
       host.write("/sys/kernel/iommu_groups/8/reserved_regions", "0x000000007b800000 0x000000007fffffff direct\n");
     },
     {kNic},
     Severity::kError,
     "dma",
     "0000:02:00.0 cannot be given to a guest",
     "RMRR",
     "firmware's set-up"},
    {"NoKvmModule",
     [](const RecordedHost& host) {
       host.remove("/dev/kvm");
       host.write("/proc/cpuinfo", "flags : fpu vmx sse\n");
     },
     {},
     Severity::kError,
     "kvm",
     "there is no /dev/kvm",
     "module is not loaded",
     "modprobe kvm_intel"},
    {"NoNestedVirtualization",
     [](const RecordedHost& host) {
       host.remove("/dev/kvm");
       host.write("/proc/cpuinfo", "flags : fpu sse hypervisor\n");
     },
     {},
     Severity::kError,
     "kvm",
     "there is no /dev/kvm",
     "is a guest itself",
     "allow nested virtualization"},
    {"VirtualizationOffInTheFirmware",
     [](const RecordedHost& host) {
       host.remove("/dev/kvm");
       host.write("/proc/cpuinfo", "flags : fpu sse\n");
     },
     {},
     Severity::kError,
     "kvm",
     "there is no /dev/kvm",
     "the firmware switched it off",
     "VT-x"},
    {"KernelWithoutVfio",
     [](const RecordedHost& host) { host.remove("/sys/bus/pci/drivers/vfio-pci"); },
     {},
     Severity::kError,
     "vfio",
     "this kernel has no vfio-pci",
     "made for clouds",
     "linux-image-amd64"},
    {"VfioNotLoaded",
     [](const RecordedHost& host) {
       host.remove("/sys/bus/pci/drivers/vfio-pci");
       host.write("/lib/modules/6.1.0-56-amd64/modules.dep", "kernel/drivers/vfio/pci/vfio-pci.ko: x\n");
     },
     {},
     Severity::kNote,
     "vfio",
     "vfio-pci is not loaded",
     "",
     "modprobe vfio-pci"},
    {"VfioKeptOut",
     [](const RecordedHost& host) {
       host.remove("/sys/bus/pci/drivers/vfio-pci");
       host.write("/etc/modprobe.d/hard.conf", "install vfio-pci /bin/false\n");
     },
     {},
     Severity::kError,
     "vfio",
     "told to keep vfio-pci out",
     "",
     "/etc/modprobe.d/hard.conf"},
    {"FewMappings",
     [](const RecordedHost& host) { host.write("/sys/module/vfio_iommu_type1/parameters/dma_entry_limit", "16\n"); },
     {},
     Severity::kWarning,
     "vfio",
     "16 DMA mappings",
     "ENOSPC",
     "echo 65535"},
    // kubevirt#17694, #17805: a guest with a device is refused for its memory's sake.
    {"Memlock64KiB",
     [](const RecordedHost& host) {
       host.write("/proc/self/limits", "Max locked memory         65536                65536                bytes\n");
       host.write("/proc/self/status", "CapEff:\t0000000000000000\n");
     },
     {},
     Severity::kWarning,
     "memlock",
     "may lock 64 KiB",
     "ENOMEM",
     "LimitMEMLOCK=infinity"},
    {"NoHugePages", [](const RecordedHost&) {}, {}, Severity::kNote, "hugepages", "no huge pages are reserved", "", ""},
    {"HugePagesOnTheOtherNode",
     [](const RecordedHost& host) {
       host.write(kPools + "/nr_hugepages", "512\n");
       host.write("/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", "0\n");
     },
     {},
     Severity::kWarning,
     "hugepages",
     "node1 has no huge pages of 2 MiB, node0 has 512",
     "numa_node",
     "echo 512 > /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages"},
    {"Lockdown",
     [](const RecordedHost& host) {
       host.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
     },
     {},
     Severity::kWarning,
     "lockdown",
     "locked down (integrity)",
     "not signed",
     "mokutil --import"},
    {"LockdownOfSecrets",
     [](const RecordedHost& host) {
       host.write("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
     },
     {},
     Severity::kWarning,
     "lockdown",
     "locked down (confidentiality)",
     "tracing",
     "mokutil --import"},
    {"ContainerWithoutVfio",
     [](const RecordedHost& host) {
       host.write("/run/.containerenv", "");
       host.remove("/dev/vfio");
     },
     {},
     Severity::kError,
     "container",
     "neither /dev/vfio nor /dev/iommu",
     "",
     "--device /dev/vfio/vfio"},
    {"ContainerThatMayNotBind",
     [](const RecordedHost& host) {
       host.write("/.dockerenv", "");
       host.write("/proc/self/mounts", "sysfs /sys sysfs ro,nosuid 0 0\n");
     },
     {},
     Severity::kError,
     "container",
     "/sys cannot be written",
     "drivers are changed by files of /sys",
     "--privileged"},
};

INSTANTIATE_TEST_SUITE_P(Doctor, MachineIllness, testing::ValuesIn(kMachineIllnesses),
                         [](const auto& illness) { return std::string(illness.param.name); });

// All that a guest needs is there; what is left to say is no error.
TEST(Doctor, FindsNoErrorOnARecordedHost) {
  const RecordedHost host("lab");
  for (const Finding& finding : examine({}, host.root())) EXPECT_NE(finding.severity, Severity::kError) << finding.what;
}

TEST(Doctor, CountsANodesHugePages) {
  const RecordedHost host("lab");
  host.write(kPools + "/nr_hugepages", "512\n");
  host.write(kPools + "/free_hugepages", "12\n");
  EXPECT_THAT(examine({}, host.root()),
              testing::Contains(testing::Field(&Finding::what, "huge pages: node0: 12 of 512 of 2 MiB are free")));
}

TEST(Doctor, SaysSomethingOfEachSubject) {
  const RecordedHost host("lab");
  const auto findings = examine({}, host.root());
  for (const std::string subject : {"kvm", "iommu", "interrupts", "dma", "groups", "vfio", "memlock", "hugepages",
                                    "container", "lockdown", "bars", "power", "reset", "sriov", "claims", "log"})
    EXPECT_THAT(findings, testing::Contains(testing::Field(&Finding::subject, subject)));
}

}  // namespace
}  // namespace vireo::host
