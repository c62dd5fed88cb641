#include "vmm/boot/acpi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/unit/vmm/boot/boot_fixture.h"
#include "vmm/boot/acpi_table.h"

namespace vireo::boot {
namespace {

using testing::HasSubstr;

AcpiInputs make_inputs() {
  return {.apic_ids = {0, 1},
          .memory = {range(platform::kMmio32Start.value(), platform::kMmio32Size),
                     range(256 * base::kGiB, 64 * base::kGiB)},
          .ecam = range(platform::kEcamStart.value(), platform::kEcamSize)};
}

unsigned sum(std::span<const uint8_t> bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), 0u) & 0xff;
}

// Run a shell command in `folder`; return its output, then "exit N".
std::string run(const Folder& folder, const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(("cd " + folder.path(".") + " && (" + command + ") 2>&1").c_str(), "r");
  char buffer[512];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) output += buffer;
  return output + "exit " + std::to_string(::pclose(pipe));
}

bool has_acpica() {
  return std::system("command -v iasl acpiexec > /dev/null") == 0;
}

class Acpi : public testing::Test {
 protected:
  uint64_t xsdt() { return load<uint64_t>(memory, 0xe0000 + 24); }
  uint64_t table(unsigned index) { return load<uint64_t>(memory, xsdt() + 36 + 8 * uint64_t{index}); }
  std::span<uint8_t> bytes(uint64_t address) {
    return memory.bytes(base::GuestAddress(address), load<uint32_t>(memory, address + 4));
  }
  std::string signature(uint64_t address) {
    const auto four = load<std::array<char, 4>>(memory, address);
    return {four.begin(), four.end()};
  }

  platform::GuestMemory memory = make_memory(2 * base::kMiB);
};

TEST_F(Acpi, RsdpChecksumsAreGood) {
  build_acpi(make_inputs(), memory);
  EXPECT_EQ(sum(memory.bytes(base::GuestAddress(0xe0000), 20)), 0u);
  EXPECT_EQ(sum(memory.bytes(base::GuestAddress(0xe0000), 36)), 0u);
}

TEST_F(Acpi, XsdtListsTheTables) {
  build_acpi(make_inputs(), memory);
  EXPECT_EQ(signature(xsdt()), "XSDT");
  EXPECT_EQ(signature(table(0)), "FACP");
  EXPECT_EQ(signature(table(1)), "APIC");
  EXPECT_EQ(signature(table(2)), "MCFG");
}

TEST_F(Acpi, TableChecksumsAreGood) {
  build_acpi(make_inputs(), memory);
  EXPECT_EQ(sum(bytes(xsdt())), 0u);
  EXPECT_EQ(sum(bytes(table(0))), 0u);
  EXPECT_EQ(sum(bytes(table(1))), 0u);
  EXPECT_EQ(sum(bytes(table(2))), 0u);
}

TEST_F(Acpi, FadtPointsToFacsAndDsdt) {
  build_acpi(make_inputs(), memory);
  EXPECT_EQ(signature(load<uint32_t>(memory, table(0) + 36)), "FACS");
  EXPECT_EQ(signature(load<uint64_t>(memory, table(0) + 140)), "DSDT");
}

// ACPI 6.5 table 5.9: revision 6 has 276 bytes.
TEST_F(Acpi, FadtHasItsRevisionsLength) {
  build_acpi(make_inputs(), memory);
  EXPECT_EQ(bytes(table(0)).size(), 276u);
}

TEST_F(Acpi, FadtResetRegisterIsPortCf9) {
  build_acpi(make_inputs(), memory);
  EXPECT_EQ(load<uint64_t>(memory, table(0) + 120), 0xcf9u);
  EXPECT_EQ(load<uint8_t>(memory, table(0) + 128), 6);
}

TEST_F(Acpi, EverythingIsInsideItsArea) {
  const AcpiTables tables = build_acpi(make_inputs(), memory);
  EXPECT_EQ(tables.rsdp.value(), 0xe0000u);
  EXPECT_LE(tables.size, platform::kAcpiSize);
}

TEST_F(Acpi, UsesX2apicEntriesForLargeIds) {
  AcpiInputs inputs = make_inputs();
  inputs.apic_ids = {300};
  build_acpi(inputs, memory);
  EXPECT_EQ(load<uint8_t>(memory, table(1) + 44), 9);
  EXPECT_EQ(load<uint32_t>(memory, table(1) + 48), 300u);
}

TEST_F(Acpi, HoldsManyProcessors) {
  AcpiInputs inputs = make_inputs();
  inputs.apic_ids.resize(1024);
  std::iota(inputs.apic_ids.begin(), inputs.apic_ids.end(), 0u);
  EXPECT_LE(build_acpi(inputs, memory).size, platform::kAcpiSize);
}

TEST_F(Acpi, RefusesTablesThatDoNotFit) {
  AcpiInputs inputs = make_inputs();
  inputs.apic_ids.resize(20000, 0);
  EXPECT_THAT(error_of([&] { build_acpi(inputs, memory); }), HasSubstr("more than 65536 bytes"));
}

TEST_F(Acpi, RefusesAnEcamWithoutBuses) {
  AcpiInputs inputs = make_inputs();
  inputs.ecam = {};
  EXPECT_THAT(error_of([&] { build_acpi(inputs, memory); }), HasSubstr("ECAM has 0 buses"));
}

// PCI-to-PCI bridge 1.2 9.1: INTA of device 1 is INTB's line of device 0.
TEST(RootInterrupts, Swizzle) {
  EXPECT_EQ(root_intx_gsi(0, 0), 16u);
  EXPECT_EQ(root_intx_gsi(1, 0), root_intx_gsi(0, 1));
  EXPECT_EQ(root_intx_gsi(3, 3), 18u);
}

// The tables as ACPICA, the interpreter in most kernels, sees them.
class Acpica : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_acpica()) GTEST_SKIP() << "iasl and acpiexec are missing: apt install acpica-tools";
    const AcpiInputs inputs = make_inputs();
    folder.file("dsdt", make_dsdt(inputs));
    folder.file("facp", make_fadt(inputs, base::GuestAddress(0xe0040), base::GuestAddress(0xe0080)));
    folder.file("facs", make_facs());
    folder.file("apic", make_madt(inputs));
    folder.file("mcfg", make_mcfg(inputs));
  }
  std::string recompile(const std::string& name) {
    return run(folder, "iasl -p " + name + ".asl -d " + name + " && iasl -p " + name + ".again " + name + ".dsl");
  }
  std::string evaluate(const std::string& what) { return run(folder, "acpiexec -b '" + what + "' dsdt"); }

  Folder folder;
};

constexpr const char* kClean = "0 Errors, 0 Warnings, 0 Remarks";

TEST_F(Acpica, DsdtRecompiles) {
  EXPECT_THAT(recompile("dsdt"), HasSubstr(kClean));
}
TEST_F(Acpica, FadtRecompiles) {
  EXPECT_THAT(recompile("facp"), HasSubstr(kClean));
}
TEST_F(Acpica, FacsRecompiles) {
  EXPECT_THAT(recompile("facs"), HasSubstr(kClean));
}
TEST_F(Acpica, MadtRecompiles) {
  EXPECT_THAT(recompile("apic"), HasSubstr(kClean));
}
TEST_F(Acpica, McfgRecompiles) {
  EXPECT_THAT(recompile("mcfg"), HasSubstr(kClean));
}

TEST_F(Acpica, DsdtLoadsWithoutAComplaint) {
  const std::string output = evaluate("namespace");
  EXPECT_THAT(output, HasSubstr("1 ACPI AML tables successfully acquired and loaded"));
  EXPECT_THAT(output, testing::Not(HasSubstr("Error")));
  EXPECT_THAT(output, testing::Not(HasSubstr("Warning")));
}

TEST_F(Acpica, RoutingTableCoversAllDevicesAndPins) {
  EXPECT_THAT(evaluate("evaluate \\_SB.PCI0._PRT"), HasSubstr("Contains 128 Elements"));
}

// 31 + INTD: line 16 + (31 + 3) % 4.
TEST_F(Acpica, RoutingTableSwizzles) {
  EXPECT_THAT(evaluate("evaluate \\_SB.PCI0._PRT"), HasSubstr("[Integer] = 00000000001FFFFF\n"
                                                              "      [Integer] = 0000000000000003\n"
                                                              "      [Integer] = 0000000000000000\n"
                                                              "      [Integer] = 0000000000000012\n"));
}

// ACPI 6.5 6.4.2.1: 22 is IRQNoFlags, with a mask of lines: 8. Linux's driver has no alarm without it.
TEST_F(Acpica, ClockHasItsInterrupt) {
  EXPECT_THAT(evaluate("evaluate \\_SB.RTC_._CRS"), HasSubstr("47 01 70 00 70 00 01 02 22 00 01 79 00"));
}

constexpr const char* kUuid = "(5B4DDB33F71F1C4096577441C03DD766)";

TEST_F(Acpica, OscMasksWhatIsNotGiven) {
  EXPECT_THAT(evaluate(std::string("evaluate \\_SB.PCI0._OSC ") + kUuid + " 1 3 (000000001F000000FF010000)"),
              HasSubstr("10 00 00 00 1F 00 00 00 3D 00 00 00"));
}

TEST_F(Acpica, OscGrantsWhatIsAllowed) {
  EXPECT_THAT(evaluate(std::string("evaluate \\_SB.PCI0._OSC ") + kUuid + " 1 3 (000000001F0000003D000000)"),
              HasSubstr("00 00 00 00 1F 00 00 00 3D 00 00 00"));
}

TEST_F(Acpica, OscAnswersAQuery) {
  EXPECT_THAT(evaluate(std::string("evaluate \\_SB.PCI0._OSC ") + kUuid + " 1 3 (010000001F00000003000000)"),
              HasSubstr("11 00 00 00 1F 00 00 00 01 00 00 00"));
}

TEST_F(Acpica, OscRefusesAnUnknownUuid) {
  EXPECT_THAT(evaluate("evaluate \\_SB.PCI0._OSC (000102030405060708090A0B0C0D0E0F) 1 3 (000000001F0000003D000000)"),
              HasSubstr("04 00 00 00 1F 00 00 00 3D 00 00 00"));
}

TEST_F(Acpica, OscRefusesAnUnknownRevision) {
  EXPECT_THAT(evaluate(std::string("evaluate \\_SB.PCI0._OSC ") + kUuid + " 2 3 (000000001F0000003D000000)"),
              HasSubstr("08 00 00 00 1F 00 00 00 3D 00 00 00"));
}

TEST_F(Acpica, OscSurvivesAShortBuffer) {
  EXPECT_THAT(evaluate(std::string("evaluate \\_SB.PCI0._OSC ") + kUuid + " 1 1 (00000000)"), HasSubstr("02 00 00 00"));
}

TEST_F(Acpica, SoftOffIsSleepType5) {
  EXPECT_THAT(evaluate("evaluate \\_S5"), HasSubstr("[Integer] = 0000000000000005"));
}

}  // namespace
}  // namespace vireo::boot
