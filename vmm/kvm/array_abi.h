#pragma once

#include <linux/kvm.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "vmm/base/ioctl.h"

namespace vireo::kvm {

// What kvm_irq_routing, kvm_cpuid2 and kvm_msrs begin with. Their own declarations in linux/kvm.h are of no use in
// C++: __DECLARE_FLEX_ARRAY puts an empty struct before the entries, which has no size in C and one byte in C++, so
// size, offsets and request numbers differ.
struct ArrayHeader {
  uint32_t count;
  uint32_t unused;  // flags or padding
};
static_assert(sizeof(ArrayHeader) == 8);
static_assert(sizeof(kvm_irq_routing_entry) == 48 && sizeof(kvm_cpuid_entry2) == 40 && sizeof(kvm_msr_entry) == 16);

inline constexpr base::Ioctl<ArrayHeader> kSetGsiRouting{_IOW(KVMIO, 0x6a, ArrayHeader), "KVM_SET_GSI_ROUTING"};
inline constexpr base::Ioctl<ArrayHeader> kGetSupportedCpuid{_IOWR(KVMIO, 0x05, ArrayHeader),
                                                             "KVM_GET_SUPPORTED_CPUID"};
inline constexpr base::Ioctl<ArrayHeader> kSetCpuid2{_IOW(KVMIO, 0x90, ArrayHeader), "KVM_SET_CPUID2"};
inline constexpr base::Ioctl<ArrayHeader> kSetMsrs{_IOW(KVMIO, 0x89, ArrayHeader), "KVM_SET_MSRS"};

// Such a header with its entries behind it.
template <typename Entry>
class IoctlArray {
 public:
  explicit IoctlArray(size_t count = 0) { resize(count); }
  explicit IoctlArray(const std::vector<Entry>& entries) : IoctlArray(entries.size()) {
    std::copy(entries.begin(), entries.end(), this->entries());
  }

  // Keeps the entries there are; frees nothing.
  void resize(size_t count) {
    const size_t words = (sizeof(ArrayHeader) + count * sizeof(Entry)) / sizeof(uint64_t) + 1;
    if (buffer_.size() < words) buffer_.resize(words);
    header().count = static_cast<uint32_t>(count);
  }
  ArrayHeader& header() { return *reinterpret_cast<ArrayHeader*>(buffer_.data()); }
  Entry* entries() { return reinterpret_cast<Entry*>(buffer_.data() + sizeof(ArrayHeader) / sizeof(uint64_t)); }

 private:
  std::vector<uint64_t> buffer_;
};

}  // namespace vireo::kvm
