#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/vmm/boot/boot_fixture.h"
#include "vmm/base/bits.h"
#include "vmm/boot/smbios.h"

// What the tests of SMBIOS tables share: inputs, and a guest's view of the structures.
namespace vireo::boot {

using base::kGiB;
using base::kKiB;
using base::kMiB;
using base::kTiB;

inline SmbiosInputs make_inputs() {
  return {.firmware = SmbiosFirmware{.version = "0.1.0"},
          .version = "0.1.0",
          .serial = "S-1",
          .uuid = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff},
          .sku = "K-1",
          .family = "lab",
          .asset_tag = "web",
          .cpus = 4,
          .cpu_manufacturer = "AuthenticAMD",
          .cpu_version = "AMD EPYC",
          .cpu_id = 0x178bfbff'00800f12,
          .ram = {range(0, 2 * kGiB), range(4 * kGiB, 6 * kGiB)}};
}

inline SmbiosInputs with_memory(std::vector<base::GuestRange> ram) {
  SmbiosInputs inputs = make_inputs();
  inputs.ram = std::move(ram);
  return inputs;
}

inline SmbiosInputs with_cpus(unsigned cpus) {
  SmbiosInputs inputs = make_inputs();
  inputs.cpus = cpus;
  return inputs;
}

inline SmbiosInputs with_serial(std::string serial) {
  SmbiosInputs inputs = make_inputs();
  inputs.serial = std::move(serial);
  return inputs;
}

// One structure, as a guest reads it.
struct Parsed {
  uint8_t type() const { return bytes.at(0); }
  size_t length() const { return bytes.size(); }
  uint64_t number(size_t offset, size_t size) const {
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | bytes.at(offset + i);
    return value;
  }
  uint64_t u8(size_t offset) const { return number(offset, 1); }
  uint64_t u16(size_t offset) const { return number(offset, 2); }
  uint64_t u32(size_t offset) const { return number(offset, 4); }
  uint64_t u64(size_t offset) const { return number(offset, 8); }
  std::string text(size_t offset) const { return u8(offset) == 0 ? "(none)" : texts.at(u8(offset) - 1); }

  std::vector<uint8_t> bytes;
  std::vector<std::string> texts;
};

// DSP0134 6.1.2, 6.1.3: fields of the length in the header, texts that end with a NUL, one NUL more (no texts: two).
// Throws where a structure is cut short.
inline std::vector<Parsed> parse(const std::vector<uint8_t>& table) {
  std::vector<Parsed> all;
  size_t at = 0;
  while (at < table.size()) {
    Parsed one;
    for (const size_t end = at + table.at(at + 1); at < end; ++at) one.bytes.push_back(table.at(at));
    while (table.at(at) != 0) {
      std::string text;
      for (; table.at(at) != 0; ++at) text.push_back(static_cast<char>(table[at]));
      one.texts.push_back(text);
      ++at;
    }
    at += one.texts.empty() ? 2 : 1;
    all.push_back(one);
  }
  return at == table.size() ? all : throw std::out_of_range("the last structure is cut short");
}

inline std::vector<Parsed> of_type(const SmbiosInputs& inputs, unsigned type) {
  std::vector<Parsed> all = parse(make_smbios(inputs).structures);
  std::erase_if(all, [&](const Parsed& one) { return one.type() != type; });
  return all;
}

inline Parsed only(const SmbiosInputs& inputs, unsigned type) {
  const std::vector<Parsed> found = of_type(inputs, type);
  return found.size() == 1 ? found.front() : throw std::out_of_range(std::to_string(found.size()) + " of the type");
}

template <typename Field>
std::vector<uint64_t> each(const SmbiosInputs& inputs, Field field) {
  std::vector<uint64_t> values;
  for (const Parsed& one : parse(make_smbios(inputs).structures)) values.push_back(field(one));
  return values;
}

}  // namespace vireo::boot
