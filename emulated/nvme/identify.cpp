#include "emulated/nvme/identify.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "emulated/nvme/registers.h"

namespace vireo::emulated::nvme {
namespace {

template <typename T>
void put(Page& page, size_t offset, T value) {
  std::memcpy(&page[offset], &value, sizeof value);
}

// ASCII, padded with spaces. 1.5
void put_text(Page& page, size_t offset, size_t size, const std::string& text) {
  std::fill_n(&page[offset], size, uint8_t{' '});
  std::copy_n(text.begin(), std::min(text.size(), size), &page[offset]);
}

// Of a UUID that the EUI-64 makes. 7.9; RFC 9562 5.8
std::string qualified_name(const Identity& identity) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string name = "nqn.2014-08.org.nvmexpress:uuid:";
  for (size_t i = 0; i < identity.extended.size(); ++i) {
    name += kDigits[identity.extended[i] >> 4];
    name += kDigits[identity.extended[i] & 0xf];
    if (i == 3) name += '-';
    if (i == 5) name += "-8000-8000-";
  }
  return name + "00000000";
}

}  // namespace

// Figure 247.
Page identify_controller(const Identity& identity) {
  constexpr uint16_t kVendor = 0x1af4;
  Page page = {};
  put(page, 0, kVendor);
  put(page, 2, kVendor);
  put_text(page, 4, 20, identity.serial);
  put_text(page, 24, 40, "vireo disk");
  put_text(page, 64, 8, "1.0");
  put(page, 72, uint8_t{6});  // commands that are best fetched together, as a power of two
  put(page, 77, uint8_t{kTransferPagesShift});
  put(page, 80, kVersion14);
  put(page, 92, kNamespaceNotices);
  put(page, 111, uint8_t{1});        // an I/O controller
  put(page, 256, uint16_t{1 << 8});  // doorbell buffers
  put(page, 258, uint8_t{3});        // aborts at a time, less one
  put(page, 259, uint8_t{kEventRequests - 1});
  put(page, 260, uint8_t{0x03});    // one firmware, read-only
  put(page, 261, uint8_t{1 << 2});  // log pages are read from any offset
  put(page, 266, uint16_t{343});    // kelvins: warning, critical
  put(page, 268, uint16_t{363});
  put(page, 512, uint8_t{kCommandShift << 4 | kCommandShift});
  put(page, 513, uint8_t{kCompletionShift << 4 | kCompletionShift});
  put(page, 516, kNamespace);                 // how many there are
  put(page, 520, uint16_t{1 << 2 | 1 << 3});  // dataset management, write zeroes
  put(page, 525, uint8_t{7});                 // a write cache that flushes of all namespaces flush
  const std::string name = qualified_name(identity);
  std::copy(name.begin(), name.end(), &page[768]);
  put(page, 2048, uint16_t{2500});  // power state 0: 25 W
  return page;
}

// Figure 245.
Page identify_namespace(const DiskImage& image, const Identity& identity) {
  const uint64_t blocks = image.size() / image.logical_block();
  const auto preferred = static_cast<uint16_t>(image.physical_block() / image.logical_block() - 1);
  Page page = {};
  put(page, 0, blocks);
  put(page, 8, blocks);
  put(page, 16, blocks);
  put(page, 24, uint8_t{1 << 4});      // the preferred sizes mean something
  put(page, 33, uint8_t{1 << 3 | 1});  // deallocated blocks are zeros, writes of zeros deallocate
  for (const size_t offset : {64u, 66u, 68u, 70u}) put(page, offset, preferred);
  put(page, 99, static_cast<uint8_t>(image.read_only() ? 1 : 0));
  std::copy(identity.extended.begin(), identity.extended.end(), &page[120]);
  put(page, 128 + 2, static_cast<uint8_t>(std::countr_zero(image.logical_block())));
  return page;
}

Page identify_namespaces(uint32_t after) {
  Page page = {};
  if (after < kNamespace) put(page, 0, kNamespace);
  return page;
}

// Figure 246.
Page identify_descriptors(const Identity& identity) {
  Page page = {};
  put(page, 0, uint8_t{1});  // an EUI-64
  put(page, 1, static_cast<uint8_t>(identity.extended.size()));
  std::copy(identity.extended.begin(), identity.extended.end(), &page[4]);
  return page;
}

}  // namespace vireo::emulated::nvme
