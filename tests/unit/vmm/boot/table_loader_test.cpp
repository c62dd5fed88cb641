#include "vmm/boot/table_loader.h"

#include <gmock/gmock.h>

#include "tests/unit/vmm/boot/boot_fixture.h"
#include "tests/unit/vmm/boot/loader_script.h"

namespace vireo::boot {
namespace {

using base::kMiB;
using testing::Each;
using testing::ElementsAre;

constexpr uint64_t kRsdpAt = 0xf5a40;
constexpr uint64_t kTablesAt = 0x7ffd1240;

const std::string kRsdpName = "etc/acpi/rsdp";
const std::string kTablesName = "etc/acpi/tables";

// As behind firmware: ECAM with windows on both sides, and one above RAM.
AcpiInputs inputs_with_ecam(uint64_t start, uint64_t size) {
  return {.apic_ids = {0, 1, 2},
          .memory = {range(0x80000000, start - 0x80000000), range(start + size, 0xfec00000 - start - size),
                     range(256 * base::kGiB, 64 * base::kGiB)},
          .ecam = range(start, size)};
}

AcpiImage image() {
  return make_acpi(inputs_with_ecam(0xb0000000, 256 * kMiB));
}

LoaderRun run_at(uint64_t rsdp, uint64_t tables) {
  const AcpiImage made = image();
  return {{{kRsdpName, made.rsdp}, {kTablesName, made.tables}},
          {{kRsdpName, rsdp}, {kTablesName, tables}},
          make_table_loader(made)};
}

class TableLoader : public testing::Test {
 protected:
  uint64_t xsdt() const { return guest.number(kRsdpAt + 24, 8); }
  uint64_t table(unsigned index) const { return guest.number(xsdt() + 36 + 8 * uint64_t{index}, 8); }
  uint64_t facs() const { return guest.number(table(0) + 36, 4); }
  uint64_t dsdt() const { return guest.number(table(0) + 40, 4); }
  unsigned sum(uint64_t address) const { return guest.sum(address, guest.number(address + 4, 4)); }

  const LoaderRun guest = run_at(kRsdpAt, kTablesAt);
};

// sizeof(struct BiosLinkerLoaderEntry); a pointer or checksum a command, and the files' own places.
TEST(TableLoaderScript, HasCommandsOf128Bytes) {
  const AcpiImage made = image();
  EXPECT_EQ(make_table_loader(made).size(), 128 * (2 + made.pointers.size() + made.checksums.size()));
}

TEST(TableLoaderScript, FillsCommandsUpWithZeros) {
  const LoaderCommand first = commands_of(make_table_loader(image())).at(0);
  EXPECT_THAT(std::vector(first.bytes.begin() + 65, first.bytes.end()), Each(0));
}

// ACPI 6.5 5.2.5.1: the RSDP is on a 16-byte boundary between 0xe0000 and 0xfffff: zone 2.
TEST(TableLoaderScript, PutsTheRsdpWhereItIsLookedFor) {
  const LoaderCommand first = commands_of(make_table_loader(image())).at(0);
  EXPECT_EQ(first.kind(), 1u);
  EXPECT_EQ(first.file(), kRsdpName);
  EXPECT_EQ(first.number(60), 16u);
  EXPECT_EQ(first.bytes[64], 2);
}

// ACPI 6.5 5.2.10: the FACS is on a 64-byte boundary. Zone 1 is all memory below 4 GiB.
TEST(TableLoaderScript, PutsTheTablesAnywhere) {
  const LoaderCommand second = commands_of(make_table_loader(image())).at(1);
  EXPECT_EQ(second.kind(), 1u);
  EXPECT_EQ(second.file(), kTablesName);
  EXPECT_EQ(second.number(60), 64u);
  EXPECT_EQ(second.bytes[64], 1);
}

// The script is made once; tables are made again when firmware has moved ECAM.
TEST(TableLoaderScript, IsTheSameWhereverEcamIs) {
  EXPECT_EQ(make_table_loader(image()), make_table_loader(make_acpi(inputs_with_ecam(0xe0000000, 64 * kMiB))));
}

TEST(AcpiImage, HasItsSizeWhereverEcamIs) {
  const AcpiImage moved = make_acpi(inputs_with_ecam(0xe0000000, 64 * kMiB));
  EXPECT_EQ(moved.tables.size(), image().tables.size());
  EXPECT_NE(moved.tables, image().tables);
}

TEST(AcpiImage, HasTheSameRsdpWhereverEcamIs) {
  EXPECT_EQ(make_acpi(inputs_with_ecam(0xe0000000, 64 * kMiB)).rsdp, image().rsdp);
}

// SeaBIOS subtracts the sum from the byte, edk2 replaces the byte by it: the same where it was zero.
TEST(AcpiImage, HasZerosForChecksums) {
  const AcpiImage made = image();
  std::vector<uint8_t> found;
  std::ranges::transform(made.checksums, std::back_inserter(found),
                         [&](const auto& sum) { return (sum.in_rsdp ? made.rsdp : made.tables).at(sum.offset); });
  EXPECT_THAT(found, ElementsAre(0, 0, 0, 0, 0, 0, 0));
}

// ACPI 6.5 5.2.9, 5.2.8, 5.2.5.3: FADT's FIRMWARE_CTRL and DSDT have 4 bytes; X_DSDT, XSDT's entries and XsdtAddress 8.
TEST(AcpiImage, HasPointersAsWideAsTheirFields) {
  std::vector<unsigned> widths;
  const AcpiImage made = image();
  std::ranges::transform(made.pointers, std::back_inserter(widths), &AcpiImage::Pointer::width);
  EXPECT_THAT(widths, ElementsAre(4, 4, 8, 8, 8, 8, 8));
}

TEST(AcpiImage, RefusesAWindowAcross4Gib) {
  AcpiInputs inputs = inputs_with_ecam(0xb0000000, 256 * kMiB);
  inputs.memory.push_back(range(0xffff0000, 0x20000));
  EXPECT_THAT(error_of([&] { make_acpi(inputs); }), testing::HasSubstr("passes 4 GiB"));
}

// ACPI 6.5 5.2.5.3: "the first 20 bytes ... must sum to zero", and all of it.
TEST_F(TableLoader, MakesAnRsdpThatIsFound) {
  EXPECT_EQ(guest.text(kRsdpAt, 8), "RSD PTR ");
  EXPECT_EQ(guest.sum(kRsdpAt, 20), 0u);
  EXPECT_EQ(guest.sum(kRsdpAt, 36), 0u);
}

TEST_F(TableLoader, LinksTheTables) {
  EXPECT_EQ(guest.text(xsdt(), 4), "XSDT");
  EXPECT_EQ(guest.number(xsdt() + 4, 4), 36u + 3 * 8);
  EXPECT_EQ(guest.text(table(0), 4), "FACP");
  EXPECT_EQ(guest.text(table(1), 4), "APIC");
  EXPECT_EQ(guest.text(table(2), 4), "MCFG");
}

// ACPI 6.5 5.2.6: "The entire table ... must sum to zero".
TEST_F(TableLoader, MakesEachChecksum) {
  EXPECT_EQ(sum(xsdt()), 0u);
  EXPECT_EQ(sum(table(0)), 0u);
  EXPECT_EQ(sum(table(1)), 0u);
  EXPECT_EQ(sum(table(2)), 0u);
  EXPECT_EQ(sum(dsdt()), 0u);
}

// ACPI 6.5 5.2.9: DSDT and X_DSDT.
TEST_F(TableLoader, LinksTheDsdtTwice) {
  EXPECT_EQ(guest.text(dsdt(), 4), "DSDT");
  EXPECT_EQ(guest.number(table(0) + 140, 8), dsdt());
}

// ACPI 6.5 5.2.9: with FIRMWARE_CTRL X_FIRMWARE_CTRL is zero. 5.2.10: 64 bytes, on such a boundary, no checksum.
TEST_F(TableLoader, LinksTheFacsOnce) {
  EXPECT_EQ(guest.text(facs(), 4), "FACS");
  EXPECT_EQ(facs() % 64, 0u);
  EXPECT_EQ(guest.number(table(0) + 132, 8), 0u);
}

TEST_F(TableLoader, TellsWhereEcamIs) {
  EXPECT_EQ(guest.number(table(2) + 44, 8), 0xb0000000u);
  EXPECT_EQ(guest.number(table(2) + 54, 2), 255u << 8);
}

TEST_F(TableLoader, LeavesTablesThatDoNotOverlap) {
  std::map<uint64_t, uint64_t> ends{{facs(), facs() + 64}, {dsdt(), dsdt() + guest.number(dsdt() + 4, 4)}};
  ends[xsdt()] = xsdt() + guest.number(xsdt() + 4, 4);
  ends[table(0)] = table(0) + guest.number(table(0) + 4, 4);
  ends[table(1)] = table(1) + guest.number(table(1) + 4, 4);
  ends[table(2)] = table(2) + guest.number(table(2) + 4, 4);
  EXPECT_EQ(ends.size(), 6u);
  EXPECT_TRUE(std::ranges::is_sorted(ends, {}, [](const auto& table) { return table.second; }));
  EXPECT_EQ(std::ranges::adjacent_find(ends, [](const auto& one, const auto& next) { return one.second > next.first; }),
            ends.end());
}

// Two ways to the same bytes: firmware's, and ours for a guest without firmware.
TEST_F(TableLoader, DoesWhatADirectBootGets) {
  const platform::GuestMemory memory = make_memory(2 * kMiB);
  build_acpi(inputs_with_ecam(0xb0000000, 256 * kMiB), memory);
  const LoaderRun same = run_at(0xe0000, 0xe0040);
  const auto size = same.file(kTablesName).size();
  const auto tables = memory.bytes(base::GuestAddress(0xe0040), size);
  EXPECT_EQ(std::vector(tables.begin(), tables.end()), same.file(kTablesName));
  const auto rsdp = memory.bytes(base::GuestAddress(0xe0000), 36);
  EXPECT_EQ(std::vector(rsdp.begin(), rsdp.end()), same.file(kRsdpName));
}

}  // namespace
}  // namespace vireo::boot
