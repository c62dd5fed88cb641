#pragma once

#include <pthread.h>

#include <cstddef>

namespace vireo::base {

// Below the 2 MiB of a transparent huge page: of which the kernel would otherwise give a stack of 8 MiB one, whole.
constexpr size_t kThreadStack = size_t{1} << 20;

// Have threads that begin from now on stacks of that size. Thread: before there are others.
inline void use_small_stacks() noexcept {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kThreadStack);
  ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
}

}  // namespace vireo::base
