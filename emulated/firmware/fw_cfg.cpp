#include "emulated/firmware/fw_cfg.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>

#include "vmm/base/log.h"

namespace vireo::emulated {
namespace {

constexpr uint64_t kDataPort = 1;
constexpr uint64_t kDmaPort = 4;

constexpr std::string_view kSignature = "QEMU";
constexpr std::string_view kDmaSignature = "QEMU CFG";
constexpr uint32_t kRevision = 3;  // bit 0: the ports, bit 1: DMA

// linux/qemu_fw_cfg.h: struct fw_cfg_dma_access. All big-endian.
struct DmaRequest {
  uint32_t control;
  uint32_t length;
  uint64_t address;
};
static_assert(sizeof(DmaRequest) == 16);
constexpr uint32_t kDmaError = 1 << 0;
constexpr uint32_t kDmaRead = 1 << 1;
constexpr uint32_t kDmaSkip = 1 << 2;
constexpr uint32_t kDmaSelect = 1 << 3;
constexpr uint32_t kDmaWrite = 1 << 4;

constexpr size_t kNameSize = 56;  // of a file in the list, with its NUL

template <typename T>
T big_endian(T value) {
  static_assert(std::endian::native == std::endian::little);
  if constexpr (sizeof(T) == 8)
    return __builtin_bswap64(value);
  else
    return __builtin_bswap32(value);
}

void append_big_endian(std::vector<uint8_t>& out, uint32_t value, unsigned width) {
  for (unsigned i = width; i-- > 0;) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

}  // namespace

FwCfg::FwCfg(const platform::GuestMemory& memory) : memory_(memory) {
  add(Key::kSignature, {kSignature.begin(), kSignature.end()});
  add(Key::kId, {kRevision, 0, 0, 0});
  list_files();
}

void FwCfg::add(Key key, std::vector<uint8_t> content) {
  items_[static_cast<uint16_t>(key)] = {.content = std::move(content), .make = {}};
}

void FwCfg::add_file(const std::string& name, std::vector<uint8_t> content) {
  add_file(name, std::move(content), {});
}

void FwCfg::add_file(const std::string& name, std::vector<uint8_t> first, Maker make) {
  const size_t key = static_cast<size_t>(Key::kFirstFile) + files_.size();
  files_.push_back(name);
  items_[static_cast<uint16_t>(key)] = {.content = std::move(first), .make = std::move(make)};
  list_files();
}

void FwCfg::list_files() {
  std::vector<uint8_t> list;
  append_big_endian(list, static_cast<uint32_t>(files_.size()), 4);
  auto key = static_cast<uint16_t>(Key::kFirstFile);
  for (const std::string& name : files_) {
    append_big_endian(list, static_cast<uint32_t>(items_.at(key).content.size()), 4);
    append_big_endian(list, key, 2);
    append_big_endian(list, 0, 2);
    const size_t end = list.size() + kNameSize;
    list.insert(list.end(), name.begin(),
                name.begin() + static_cast<std::ptrdiff_t>(std::min(name.size(), kNameSize - 1)));
    list.resize(end);
    ++key;
  }
  add(Key::kFiles, std::move(list));
}

void FwCfg::select(uint16_t key) noexcept {
  const auto found = items_.find(key);
  selected_ = found == items_.end() ? nullptr : &found->second;
  position_ = 0;
  if (selected_ == nullptr || !found->second.make) return;
  try {
    std::vector<uint8_t> content = found->second.make();
    if (content.size() == found->second.content.size())
      found->second.content = std::move(content);
    else if (said_())
      spdlog::warn("fw_cfg: a file has {} bytes now, not {}: the guest reads what was there before", content.size(),
                   found->second.content.size());
  } catch (const std::exception& error) {
    if (said_()) spdlog::warn("fw_cfg: {}: the guest reads what was there before", error.what());
  }
}

uint8_t FwCfg::next() noexcept {
  if (selected_ == nullptr || position_ >= selected_->content.size()) return 0;
  return selected_->content[position_++];
}

void FwCfg::read(uint64_t offset, std::span<uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < data.size(); ++i) {
    const uint64_t at = offset + i;
    if (at >= kDmaPort && at - kDmaPort < kDmaSignature.size())
      data[i] = static_cast<uint8_t>(kDmaSignature[at - kDmaPort]);
    else
      data[i] = at == kDataPort ? next() : uint8_t{0};
  }
}

void FwCfg::write(uint64_t offset, std::span<const uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  if (offset >= kDmaPort) return store_address(offset - kDmaPort, data);
  if (offset != 0 || data.size() != 2) return;  // the data port is not for stores
  select(static_cast<uint16_t>(data[0] | data[1] << 8));
}

// A store to the lower half, which comes last, starts the request.
void FwCfg::store_address(uint64_t offset, std::span<const uint8_t> data) noexcept {
  const bool whole = offset == 0 && data.size() == 8;
  if (!whole && (data.size() != 4 || (offset != 0 && offset != 4))) return;
  std::memcpy(&address_[offset], data.data(), data.size());
  if (offset == 4 || whole) transfer();
}

void FwCfg::transfer() noexcept {
  uint64_t stored = 0;
  std::memcpy(&stored, address_.data(), sizeof stored);
  address_ = {};
  const base::GuestAddress at(big_endian(stored));
  DmaRequest request{};
  if (!memory_.read(at, {reinterpret_cast<uint8_t*>(&request), sizeof request})) return;
  const bool good = carry_out(big_endian(request.control), big_endian(request.length),
                              base::GuestAddress(big_endian(request.address)));
  memory_.write_object(at, big_endian(good ? uint32_t{0} : kDmaError));
}

bool FwCfg::carry_out(uint32_t control, uint32_t length, base::GuestAddress address) noexcept {
  if ((control & kDmaSelect) != 0) select(static_cast<uint16_t>(control >> 16));
  if ((control & (kDmaRead | kDmaWrite)) == kDmaWrite) return false;
  const uint64_t left = selected_ == nullptr ? 0 : selected_->content.size() - position_;
  const uint64_t copied = std::min<uint64_t>(left, length);
  if ((control & kDmaRead) != 0 && length != 0) {
    const std::span<uint8_t> target = memory_.bytes(address, length);
    if (target.empty()) return false;
    if (copied != 0) std::memcpy(target.data(), &selected_->content[position_], copied);
    std::memset(target.data() + copied, 0, length - copied);
  }
  if ((control & (kDmaRead | kDmaSkip)) != 0) position_ += copied;
  return true;
}

}  // namespace vireo::emulated
