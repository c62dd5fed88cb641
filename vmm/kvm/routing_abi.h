#pragma once

#include <linux/kvm.h>

namespace vireo::kvm {

// struct kvm_irq_routing of linux/kvm.h. Its own declaration is of no use in C++: __DECLARE_FLEX_ARRAY puts an empty
// struct before the entries, which has no size in C and one byte in C++, so size, offsets and request number differ.
struct RoutingHeader {
  uint32_t nr;
  uint32_t flags;
};
static_assert(sizeof(RoutingHeader) == 8);
static_assert(sizeof(kvm_irq_routing_entry) == 48);

constexpr unsigned long kSetGsiRoutingRequest = _IOW(KVMIO, 0x6a, RoutingHeader);
static_assert(kSetGsiRoutingRequest == 0x4008ae6a);

}  // namespace vireo::kvm
