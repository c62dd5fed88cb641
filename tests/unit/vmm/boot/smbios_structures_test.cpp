#include <gtest/gtest.h>

#include "tests/unit/vmm/boot/smbios_fixture.h"

// What each structure says: DSP0134 7.
namespace vireo::boot {
namespace {

TEST(SmbiosFirmware, SaysWhoMadeIt) {
  SmbiosInputs inputs = make_inputs();
  inputs.firmware->release_date = "12/31/2024";
  const Parsed bios = only(inputs, 0);
  EXPECT_EQ(bios.text(4), "vireo");
  EXPECT_EQ(bios.text(5), "0.1.0");
  EXPECT_EQ(bios.text(8), "12/31/2024");
}

// DSP0134 7.1.2.1 and 7.1.2.2: ACPI is bit 0 of the first byte, a virtual machine bit 4 of the second.
TEST(SmbiosFirmware, SaysVirtualMachine) {
  EXPECT_EQ(only(make_inputs(), 0).u16(0x12), 0x1001u);
}

// DSP0134 7.1.2.2: bit 3.
TEST(SmbiosFirmware, SaysUefi) {
  SmbiosInputs inputs = make_inputs();
  inputs.firmware->uefi = true;
  EXPECT_EQ(only(inputs, 0).u16(0x12), 0x1801u);
}

// DSP0134 7.1, 7.1.1: bit 3 of the characteristics; 0xff where there is no release number.
TEST(SmbiosFirmware, SaysWhatIsNotKnown) {
  const Parsed bios = only(make_inputs(), 0);
  EXPECT_EQ(bios.u64(0x0a), 8u);
  EXPECT_EQ(bios.u32(0x14), 0xffffffffu);
  EXPECT_EQ(bios.text(8), "(none)");
}

TEST(SmbiosSystem, HasThePersonsTexts) {
  const Parsed system = only(make_inputs(), 1);
  EXPECT_EQ(system.text(4), "vireo");
  EXPECT_EQ(system.text(5), "virtual machine");
  EXPECT_EQ(system.text(6), "0.1.0");
  EXPECT_EQ(system.text(7), "S-1");
  EXPECT_EQ(system.text(0x19), "K-1");
  EXPECT_EQ(system.text(0x1a), "lab");
}

// DSP0134 7.2.1: "33 22 11 00 55 44 77 66 88 99 AA BB CC DD EE FF"
TEST(SmbiosSystem, HasTheUuidInWireFormat) {
  const Parsed system = only(make_inputs(), 1);
  EXPECT_EQ(system.u64(8), 0x6677'4455'00112233u);
  EXPECT_EQ(system.u64(16), 0xffeeddccbbaa9988u);
}

// DSP0134 7.2.1: "If the value is all 00h, the ID is not present in the system."
TEST(SmbiosSystem, HasNoUuidWhenThereIsNone) {
  SmbiosInputs inputs = make_inputs();
  inputs.uuid = {};
  EXPECT_EQ(only(inputs, 1).u64(8), 0u);
  EXPECT_EQ(only(inputs, 1).u64(16), 0u);
}

TEST(SmbiosChassis, HasThePersonsTexts) {
  const Parsed chassis = only(make_inputs(), 3);
  EXPECT_EQ(chassis.text(4), "vireo");
  EXPECT_EQ(chassis.text(6), "0.1.0");
  EXPECT_EQ(chassis.text(7), "S-1");
  EXPECT_EQ(chassis.text(8), "web");
}

// DSP0134 7.4.1: other; 7.4.2, 7.4.3: states and security unknown.
TEST(SmbiosChassis, SaysWhatIsNotKnown) {
  const Parsed chassis = only(make_inputs(), 3);
  EXPECT_EQ(chassis.u8(5), 1u);
  EXPECT_EQ(chassis.u32(9), 0x02020202u);
}

TEST(SmbiosProcessor, IsOneSocketWithAllCores) {
  const Parsed processor = only(make_inputs(), 4);
  EXPECT_EQ(processor.text(4), "CPU 0");
  EXPECT_EQ(processor.number(0x23, 3), 0x040404u);        // cores, enabled ones, threads
  EXPECT_EQ(processor.number(0x2a, 6), 0x000400040004u);  // the same in 16 bits
  EXPECT_EQ(processor.u16(0x26), 0x0cu);                  // 7.5.9: 64-bit, multi-core
}

TEST(SmbiosProcessor, OfOneCoreIsNotMultiCore) {
  EXPECT_EQ(only(with_cpus(1), 4).u16(0x26), 0x04u);
}

// DSP0134 7.5: "For core counts of 256 or greater, the Core Count field is set to FFh and the Core Count 2 field is set
// to the number of cores."
TEST(SmbiosProcessor, CountsMoreThan255CoresIn16Bits) {
  const Parsed processor = only(with_cpus(1024), 4);
  EXPECT_EQ(processor.number(0x23, 3), 0xffffffu);
  EXPECT_EQ(processor.number(0x2a, 6), 0x040004000400u);
}

// DSP0134 7.5.3: CPUID 1's EAX, then EDX.
TEST(SmbiosProcessor, SaysWhichItIs) {
  const Parsed processor = only(make_inputs(), 4);
  EXPECT_EQ(processor.text(7), "AuthenticAMD");
  EXPECT_EQ(processor.u64(8), 0x178bfbff00800f12u);
  EXPECT_EQ(processor.text(0x10), "AMD EPYC");
}

// DSP0134 7.5, 7.5.2, 7.5.4: family 2; voltage, clock and speeds 0; caches 0xffff.
TEST(SmbiosProcessor, SaysWhatIsNotKnown) {
  const Parsed processor = only(make_inputs(), 4);
  EXPECT_EQ(processor.u8(6), 2u);
  EXPECT_EQ(processor.number(0x11, 7), 0u);
  EXPECT_EQ(processor.number(0x1a, 6), 0xffffffffffffu);
  EXPECT_EQ(processor.u16(0x28), 2u);
}

TEST(SmbiosMemoryArray, CountsKib) {
  const Parsed array = only(make_inputs(), 16);
  EXPECT_EQ(array.u32(7), 8 * kMiB);
  EXPECT_EQ(array.u16(0x0d), 1u);
  EXPECT_EQ(array.u64(0x0f), 0u);
}

// DSP0134 7.17: "Values 2 TB (8000 0000h) or greater must be represented in the Extended Maximum Capacity field."
TEST(SmbiosMemoryArray, CountsBytesFrom2Tib) {
  const Parsed array = only(with_memory({range(0, 2 * kTiB)}), 16);
  EXPECT_EQ(array.u32(7), 0x80000000u);
  EXPECT_EQ(array.u64(0x0f), 2 * kTiB);
}

TEST(SmbiosMemoryArray, CountsKibBelow2Tib) {
  const Parsed array = only(with_memory({range(0, 2 * kTiB - kKiB)}), 16);
  EXPECT_EQ(array.u32(7), 0x7fffffffu);
  EXPECT_EQ(array.u64(0x0f), 0u);
}

TEST(SmbiosMemoryDevice, BelongsToTheArray) {
  EXPECT_EQ(only(make_inputs(), 17).u16(4), only(make_inputs(), 16).u16(2));
}

TEST(SmbiosMemoryDevice, CountsMib) {
  const Parsed device = only(make_inputs(), 17);
  EXPECT_EQ(device.u16(0x0c), 8 * 1024u);
  EXPECT_EQ(device.u32(0x1c), 0u);
}

// DSP0134 7.18: "If the size is 32 GB-1 MB or greater, the field value is 7FFFh [...]".
TEST(SmbiosMemoryDevice, CountsMibIn32BitsFromTheLimit) {
  const Parsed device = only(with_memory({range(0, 32 * kGiB - kMiB)}), 17);
  EXPECT_EQ(device.u16(0x0c), 0x7fffu);
  EXPECT_EQ(device.u32(0x1c), 32 * 1024 - 1u);
}

TEST(SmbiosMemoryDevice, CountsMibIn16BitsBelowTheLimit) {
  const Parsed device = only(with_memory({range(0, 32 * kGiB - 2 * kMiB)}), 17);
  EXPECT_EQ(device.u16(0x0c), 0x7ffeu);
  EXPECT_EQ(device.u32(0x1c), 0u);
}

TEST(SmbiosMemoryDevice, RoundsUpToMib) {
  EXPECT_EQ(only(with_memory({range(0, 640 * kKiB)}), 17).u16(0x0c), 1u);
}

TEST(SmbiosMemoryDevice, SaysThatItIsVolatileMemory) {
  const Parsed device = only(make_inputs(), 17);
  EXPECT_EQ(device.text(0x10), "RAM");
  EXPECT_EQ(device.u8(0x12), 7u);         // 7.18.2
  EXPECT_EQ(device.u16(0x29), 8u);        // 7.18.7
  EXPECT_EQ(device.u64(0x34), 0u);        // non-volatile bytes
  EXPECT_EQ(device.u64(0x3c), 8 * kGiB);  // volatile bytes
}

// DSP0134 7.18, 7.18.3, 7.18.6: widths 0xffff, detail bit 2, technology 2.
TEST(SmbiosMemoryDevice, SaysWhatIsNotKnown) {
  const Parsed device = only(make_inputs(), 17);
  EXPECT_EQ(device.u32(8), 0xffffffffu);
  EXPECT_EQ(device.u32(0x13), 4u);  // and no speed
  EXPECT_EQ(device.u8(0x28), 2u);
}

TEST(SmbiosMappedAddress, HasEachRangeInKib) {
  const std::vector<Parsed> mapped = of_type(make_inputs(), 19);
  ASSERT_EQ(mapped.size(), 2u);
  EXPECT_EQ(mapped[0].u32(4), 0u);
  EXPECT_EQ(mapped[0].u32(8), 2 * kMiB - 1);
  EXPECT_EQ(mapped[1].u32(4), 4 * kMiB);
  EXPECT_EQ(mapped[1].u32(8), 10 * kMiB - 1);
  EXPECT_EQ(mapped[1].u64(0x0f), 0u);
  EXPECT_EQ(mapped[1].u64(0x17), 0u);
}

TEST(SmbiosMappedAddress, BelongsToTheArray) {
  EXPECT_EQ(only(with_memory({range(0, kGiB)}), 19).u16(0x0c), only(make_inputs(), 16).u16(2));
}

// DSP0134 7.20: 0xffffffff in both fields of KiB means that the fields of bytes are valid.
TEST(SmbiosMappedAddress, CountsBytesWhenTheEndIsAt4Tib) {
  const Parsed mapped = only(with_memory({range(4 * kGiB, 4 * kTiB - 4 * kGiB)}), 19);
  EXPECT_EQ(mapped.u64(4), ~uint64_t{0});
  EXPECT_EQ(mapped.u64(0x0f), 4 * kGiB);
  EXPECT_EQ(mapped.u64(0x17), 4 * kTiB - 1);
}

TEST(SmbiosMappedAddress, CountsKibWhenTheEndIsBelow4Tib) {
  const Parsed mapped = only(with_memory({range(4 * kGiB, 4 * kTiB - 4 * kGiB - kKiB)}), 19);
  EXPECT_EQ(mapped.u32(8), 0xfffffffeu);
  EXPECT_EQ(mapped.u64(0x17), 0u);
}

// DSP0134 7.33.1
TEST(SmbiosBoot, FoundNoErrors) {
  EXPECT_EQ(only(make_inputs(), 32).u8(0x0a), 0u);
}

}  // namespace
}  // namespace vireo::boot
