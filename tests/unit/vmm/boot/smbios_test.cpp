#include "vmm/boot/smbios.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <span>

#include "tests/unit/vmm/boot/smbios_fixture.h"

namespace vireo::boot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

unsigned sum(std::span<const uint8_t> bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), 0u) & 0xff;
}

std::string serial_of(const std::string& serial) {
  return only(with_serial(serial), 1).text(7);
}

// DSP0134 5.2.2
TEST(SmbiosEntryPoint, HasTheLayoutOfThe64BitOne) {
  const Parsed entry{.bytes = smbios_entry_point(base::GuestAddress(0x123456789abcdef0), 0x11223344)};
  EXPECT_EQ(std::string(entry.bytes.begin(), entry.bytes.begin() + 5), "_SM3_");
  EXPECT_EQ(entry.length(), 24u);
  EXPECT_EQ(entry.u8(6), 24u);
  EXPECT_EQ(entry.number(7, 3), 0x000303u);  // version 3.3
  EXPECT_EQ(entry.u16(10), 1u);              // revision, reserved
  EXPECT_EQ(entry.u32(12), 0x11223344u);
  EXPECT_EQ(entry.u64(16), 0x123456789abcdef0u);
}

TEST(SmbiosEntryPoint, SumsToZero) {
  EXPECT_EQ(sum(smbios_entry_point(base::GuestAddress(0xf1234), 777)), 0u);
}

TEST(SmbiosEntryPoint, RefusesASizeOfMoreThan32Bits) {
  EXPECT_THAT(error_of([] { smbios_entry_point(base::GuestAddress(), 4 * kGiB); }),
              HasSubstr("1|SMBIOS tables: more than 4 GiB"));
}

// SeaBIOS takes the files only when the anchor has exactly the size of the tables.
TEST(SmbiosEntryPoint, ForAFirmwareHasTheSizeAndNoAddress) {
  const SmbiosTables tables = make_smbios(make_inputs());
  EXPECT_EQ(tables.entry_point, smbios_entry_point(base::GuestAddress(0), tables.structures.size()));
}

TEST(Smbios, HasTheStructuresInOrder) {
  EXPECT_THAT(each(make_inputs(), [](const Parsed& one) { return one.type(); }),
              ElementsAre(0, 1, 3, 4, 16, 17, 19, 19, 32, 127));
}

// DSP0134 7.1, 7.2, 7.4, 7.5, 7.17, 7.18, 7.20, 7.33, 7.49: the lengths of version 3.3.
TEST(Smbios, StructuresHaveTheirVersionsLength) {
  EXPECT_THAT(each(make_inputs(), [](const Parsed& one) { return one.length(); }),
              ElementsAre(0x1a, 0x1b, 0x16, 0x30, 0x17, 0x5c, 0x1f, 0x1f, 0x0b, 4));
}

// DSP0134 6.1.2: a handle is unique.
TEST(Smbios, HandlesFollowTheTypes) {
  EXPECT_THAT(each(make_inputs(), [](const Parsed& one) { return one.u16(2); }),
              ElementsAre(0, 0x100, 0x300, 0x400, 0x1000, 0x1100, 0x1300, 0x1301, 0x2000, 0x7f00));
}

TEST(Smbios, LeavesTheFirmwareToDescribeItself) {
  SmbiosInputs inputs = make_inputs();
  inputs.firmware.reset();
  EXPECT_THAT(each(inputs, [](const Parsed& one) { return one.type(); }),
              ElementsAre(1, 3, 4, 16, 17, 19, 19, 32, 127));
}

// DSP0134 6.1.3: "If a string field references no string, a null (0) is placed in that string field."
TEST(SmbiosText, EmptyHasNumber0) {
  const Parsed system = only(with_serial(""), 1);
  EXPECT_EQ(system.u8(7), 0u);
  EXPECT_THAT(system.texts, ElementsAre("vireo", "virtual machine", "0.1.0", "K-1", "lab"));
}

// DSP0134 6.1.3: no text at all: two NULs.
TEST(SmbiosText, AllEmptyStillEndsTheStructure) {
  SmbiosInputs inputs = with_serial("");
  inputs.manufacturer = inputs.product = inputs.version = inputs.sku = inputs.family = "";
  EXPECT_THAT(only(inputs, 1).texts, ElementsAre());
}

TEST(SmbiosText, NulAndControlCharactersAreSpaces) {
  EXPECT_EQ(serial_of(std::string("a\0b\nc\x1b[0m\x7f"
                                  "d",
                                  12)),
            "a b c [0m d");
}

TEST(SmbiosText, NulsCannotEndTheStructure) {
  EXPECT_EQ(serial_of(std::string("a\0\0\x7f\x04\0\x7f", 7)), "a");
}

TEST(SmbiosText, OnlyBlanksIsEmpty) {
  EXPECT_EQ(serial_of(" \t\n "), "(none)");
}

TEST(SmbiosText, HasNoBlanksAround) {
  EXPECT_EQ(serial_of("  a b\r\n"), "a b");
}

// DSP0134 6.1.3: "For compatibility with older SMBIOS parsers, US-ASCII characters should be used."
TEST(SmbiosText, OtherCharactersAreOneQuestionMarkEach) {
  EXPECT_EQ(serial_of("Gr\xc3\xbc\xc3\x9f"
                      "e \xe2\x82\xac \xf0\x9f\x90\xa6"),
            "Gr??e ? ?");
}

TEST(SmbiosText, BrokenUtf8StaysPrintable) {
  EXPECT_EQ(serial_of("\xff\x80\xc3"), "??");
}

TEST(SmbiosText, LongIsCut) {
  EXPECT_EQ(serial_of(std::string(255, 'x') + "yy"), std::string(255, 'x'));
}

TEST(SmbiosText, CutLeavesNoBlankAtTheEnd) {
  EXPECT_EQ(serial_of(std::string(254, 'x') + " y"), std::string(254, 'x'));
}

TEST(SmbiosInputs, RefusesNoProcessor) {
  EXPECT_THAT(error_of([] { make_smbios(with_cpus(0)); }), HasSubstr("1|SMBIOS tables: 0 processors"));
}

// DSP0134 7.5.6: 0xffff is reserved.
TEST(SmbiosInputs, RefusesMoreProcessorsThanACountHolds) {
  EXPECT_THAT(error_of([] { make_smbios(with_cpus(0xffff)); }), HasSubstr("65535 processors"));
  EXPECT_THAT(error_of([] { make_smbios(with_cpus(0xfffe)); }), "no error");
}

TEST(SmbiosInputs, RefusesNoMemory) {
  EXPECT_THAT(error_of([] { make_smbios(with_memory({})); }), HasSubstr("no memory"));
}

TEST(SmbiosInputs, RefusesAnEmptyRange) {
  EXPECT_THAT(error_of([] { make_smbios(with_memory({range(0, 0)})); }), HasSubstr("empty"));
}

TEST(SmbiosInputs, RefusesAPartOfAKib) {
  EXPECT_THAT(error_of([] { make_smbios(with_memory({range(0, 1025)})); }), HasSubstr("part of 1 KiB"));
  EXPECT_THAT(error_of([] { make_smbios(with_memory({range(512, 1024)})); }), HasSubstr("part of 1 KiB"));
}

// Handles of one type are 256.
TEST(SmbiosInputs, RefusesMoreRangesThanHandles) {
  EXPECT_THAT(error_of([] { make_smbios(with_memory(std::vector(257, range(0, kMiB)))); }),
              HasSubstr("257 ranges of memory"));
  EXPECT_THAT(error_of([] { make_smbios(with_memory(std::vector(256, range(0, kMiB)))); }), "no error");
}

// DSP0134 7.18.5: 31 bits of MiB.
TEST(SmbiosInputs, RefusesMoreMemoryThanADeviceHas) {
  constexpr uint64_t kMost = 0x7fffffff * kMiB;
  EXPECT_THAT(error_of([] {
                make_smbios(with_memory({range(0, kMost), range(kMost, kMiB)}));
              }),
              HasSubstr("more memory than one device has"));
  EXPECT_THAT(error_of([] { make_smbios(with_memory({range(0, kMost)})); }), "no error");
}

// The tables as the tool in most guests sees them.
class Dmidecode : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("PATH=$PATH:/usr/sbin; command -v dmidecode > /dev/null") != 0)
      GTEST_SKIP() << "dmidecode is missing: apt install dmidecode";
  }
  // A dump file is the entry point, padded to 32 bytes, and the structures.
  std::string decode(const SmbiosInputs& inputs) {
    const std::vector<uint8_t> structures = make_smbios(inputs).structures;
    std::vector<uint8_t> dump = smbios_entry_point(base::GuestAddress(32), structures.size());
    dump.resize(32);
    dump.insert(dump.end(), structures.begin(), structures.end());
    const std::string command = "PATH=$PATH:/usr/sbin; dmidecode --from-dump " + folder.file("dump", dump) + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string output;
    char buffer[512];
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) output += buffer;
    return output + "exit " + std::to_string(::pclose(pipe));
  }

  Folder folder;
};

TEST_F(Dmidecode, ReadsTheTablesWithoutAComplaint) {
  const std::string output = decode(make_inputs());
  EXPECT_THAT(output, HasSubstr("SMBIOS 3.3.0 present."));
  EXPECT_THAT(output, HasSubstr("End Of Table\n\nexit 0"));
  EXPECT_THAT(output, Not(testing::ContainsRegex("<|WARNING|[Ii]nvalid|TRUNCATED|[Ww]rong|not fully supported")));
}

TEST_F(Dmidecode, ReadsWhatWasMeant) {
  const std::string output = decode(make_inputs());
  EXPECT_THAT(output, HasSubstr("UUID: 00112233-4455-6677-8899-aabbccddeeff"));
  EXPECT_THAT(output, HasSubstr("System is a virtual machine"));
  EXPECT_THAT(output, HasSubstr("Core Count: 4"));
  EXPECT_THAT(output, HasSubstr("Maximum Capacity: 8 GB"));
  EXPECT_THAT(output, HasSubstr("Volatile Size: 8 GB"));
  EXPECT_THAT(output, HasSubstr("Ending Address: 0x0027FFFFFFF"));
}

}  // namespace
}  // namespace vireo::boot
