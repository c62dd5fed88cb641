#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

// The part of iommufd and of VFIO's device files that vireo uses: Debian 12's kernel headers are older than both.
// Source: Linux 6.6 include/uapi/linux/iommufd.h, include/uapi/linux/vfio.h.
namespace vireo::iommu::abi {

struct IoasAlloc {
  uint32_t size;
  uint32_t flags;
  uint32_t out_ioas_id;
};

struct IovaRange {
  uint64_t start;
  uint64_t last;  // inclusive
};

struct IoasIovaRanges {
  uint32_t size;
  uint32_t ioas_id;
  uint32_t num_iovas;  // in: room; out: how many there are
  uint32_t reserved;
  uint64_t allowed_iovas;  // IovaRange[]
  uint64_t out_iova_alignment;
};

struct IoasMap {
  uint32_t size;
  uint32_t flags;
  uint32_t ioas_id;
  uint32_t reserved;
  uint64_t user_va;
  uint64_t length;
  uint64_t iova;
};

struct IoasUnmap {
  uint32_t size;
  uint32_t ioas_id;
  uint64_t iova;
  uint64_t length;
};

struct BindIommufd {
  uint32_t argsz;
  uint32_t flags;
  int32_t iommufd;
  uint32_t out_devid;
  uint64_t token_uuid;  // Linux 6.17 and later look at it, with kBindToken; before, argsz says that it is not there
};
inline constexpr uint32_t kBindToken = 1 << 0;

struct AttachIommufdPt {
  uint32_t argsz;
  uint32_t flags;
  uint32_t pt_id;
};

static_assert(sizeof(IoasAlloc) == 12 && sizeof(IoasIovaRanges) == 32 && sizeof(IoasMap) == 40);
static_assert(sizeof(IoasUnmap) == 24 && sizeof(BindIommufd) == 24 && sizeof(AttachIommufdPt) == 12);
static_assert(offsetof(IoasIovaRanges, allowed_iovas) == 16 && offsetof(IoasMap, user_va) == 16);

inline constexpr uint32_t kMapFixedIova = 1 << 0;
inline constexpr uint32_t kMapWritable = 1 << 1;
inline constexpr uint32_t kMapReadable = 1 << 2;

// Both families have ';' as their type and carry no size.
inline constexpr unsigned long kIoasAlloc = _IO(';', 0x81);
inline constexpr unsigned long kIoasIovaRanges = _IO(';', 0x84);
inline constexpr unsigned long kIoasMap = _IO(';', 0x85);
inline constexpr unsigned long kIoasUnmap = _IO(';', 0x86);
inline constexpr unsigned long kDeviceBindIommufd = _IO(';', 100 + 18);
inline constexpr unsigned long kDeviceAttachIommufdPt = _IO(';', 100 + 19);

}  // namespace vireo::iommu::abi
