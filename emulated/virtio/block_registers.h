#pragma once

#include <cstdint>

// Source: virtio 1.2 5.2.
namespace vireo::emulated {

// Feature bits, 5.2.3.
constexpr uint64_t kBlockSegMax = uint64_t{1} << 2;
constexpr uint64_t kBlockReadOnly = uint64_t{1} << 5;
constexpr uint64_t kBlockBlkSize = uint64_t{1} << 6;
constexpr uint64_t kBlockFlush = uint64_t{1} << 9;
constexpr uint64_t kBlockTopology = uint64_t{1} << 10;
constexpr uint64_t kBlockConfigWce = uint64_t{1} << 11;
constexpr uint64_t kBlockMultiQueue = uint64_t{1} << 12;
constexpr uint64_t kBlockDiscard = uint64_t{1} << 13;
constexpr uint64_t kBlockWriteZeroes = uint64_t{1} << 14;

// Configuration, 5.2.4. Units: sectors of 512 bytes, but for block sizes.
struct BlockConfigSpace {
  uint64_t capacity = 0;
  uint32_t size_max = 0;
  uint32_t seg_max = 0;
  uint32_t geometry = 0;
  uint32_t blk_size = 0;  // bytes
  uint8_t physical_block_exponent = 0;
  uint8_t alignment_offset = 0;
  uint16_t min_io_size = 0;  // logical blocks
  uint32_t opt_io_size = 0;
  uint8_t writeback = 0;
  uint8_t unused0 = 0;
  uint16_t num_queues = 0;
  uint32_t max_discard_sectors = 0;
  uint32_t max_discard_seg = 0;
  uint32_t discard_sector_alignment = 0;
  uint32_t max_write_zeroes_sectors = 0;
  uint32_t max_write_zeroes_seg = 0;
  uint8_t write_zeroes_may_unmap = 0;
  uint8_t unused1[3] = {};
  uint32_t max_secure_erase_sectors = 0;
};
static_assert(sizeof(BlockConfigSpace) == 64);
constexpr uint64_t kBlockWriteback = 32;  // offset

// Requests, 5.2.6.
enum class BlockType : uint32_t {
  kIn = 0,
  kOut = 1,
  kFlush = 4,
  kGetId = 8,
  kDiscard = 11,
  kWriteZeroes = 13,
};
struct BlockHeader {
  BlockType type = BlockType::kIn;
  uint32_t reserved = 0;
  uint64_t sector = 0;
};
static_assert(sizeof(BlockHeader) == 16);
struct BlockExtent {
  uint64_t sector = 0;
  uint32_t sectors = 0;
  uint32_t flags = 0;
};
static_assert(sizeof(BlockExtent) == 16);
constexpr uint32_t kExtentUnmap = 1;

constexpr size_t kBlockIdSize = 20;

enum class BlockStatus : uint8_t { kOk = 0, kIoError = 1, kUnsupported = 2 };

}  // namespace vireo::emulated
