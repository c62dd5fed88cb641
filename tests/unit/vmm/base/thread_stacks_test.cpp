// How large the stacks of vireo's threads are.
#include "vmm/base/thread_stacks.h"

#include <gtest/gtest.h>

#include <thread>

namespace vireo::base {
namespace {

size_t stack_of_a_thread() {
  size_t size = 0;
  std::thread([&size] {
    pthread_attr_t attributes;
    ::pthread_getattr_np(::pthread_self(), &attributes);
    ::pthread_attr_getstacksize(&attributes, &size);
    ::pthread_attr_destroy(&attributes);
  }).join();
  return size;
}

TEST(ThreadStacks, AreSmallerThanAHugePage) {
  const size_t before = stack_of_a_thread();
  use_small_stacks();
  EXPECT_EQ(stack_of_a_thread(), kThreadStack);
  EXPECT_GT(before, kThreadStack);
}

}  // namespace
}  // namespace vireo::base
