#include "vmm/compare/trace_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vireo::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// 100 is the guest's CPU, 101 another thread of vireo's, 9 somebody else.
const TracedThreads kThreads{.cpus = {100}, .vmm = {101}};

std::string line(const std::string& task, const std::string& time, const std::string& event) {
  return "  " + task + "  [000] d..1. " + time + ": " + event + "\n";
}
const std::string kBegin =
    line("vcpu0-100", "5.000000", "kvm_cpuid: func 4fff1233 idx 0 rax 0 rbx 0 rcx 0 rdx 0, cpuid entry not found");
const std::string kEnd = line("vcpu0-100", "5.000100", "kvm_hypercall: nr 0x5e6 a0 0x0 a1 0x0 a2 0x0 a3 0x0");

Events events_of(const std::string& lines) {
  return read_trace("# tracer: nop\n#\n" + kBegin + lines + kEnd, kThreads);
}

TEST(TraceReader, CountsExitsByReasonWithTheirTime) {
  const Events events = events_of(line("vcpu0-100", "5.000002", "kvm_entry: vcpu 0, rip 0xffff") +
                                  line("vcpu0-100", "5.000010", "kvm_exit: vcpu 0 reason npf rip 0x1 info1 0x0") +
                                  line("vcpu0-100", "5.000013", "kvm_entry: vcpu 0, rip 0xffff") +
                                  line("vcpu0-100", "5.000020", "kvm_exit: vcpu 0 reason hlt rip 0x1 info1 0x0"));
  EXPECT_THAT(events.exits, ElementsAre(Pair("hlt", 1), Pair("npf", 1)));
  EXPECT_THAT(events.exit_time, ElementsAre(Pair("npf", 3000)));
  EXPECT_EQ(events.elapsed, 100'000u);
}

TEST(TraceReader, KnowsWhatTheCpuWasFor) {
  const Events events = events_of(line("vcpu0-100", "5.000010", "kvm_entry: vcpu 0, rip 0x1") +
                                  line("vcpu0-100", "5.000030", "kvm_exit: vcpu 0 reason hlt rip 0x1") +
                                  line("vcpu0-100", "5.000035",
                                       "sched_switch: prev_comm=vcpu0 prev_pid=100 prev_prio=120 prev_state=S ==> "
                                       "next_comm=disk next_pid=101 next_prio=120") +
                                  line("disk-101", "5.000055",
                                       "sched_switch: prev_comm=disk prev_pid=101 prev_prio=120 prev_state=S ==> "
                                       "next_comm=swapper/0 next_pid=0 next_prio=120") +
                                  line("<idle>-0", "5.000070",
                                       "sched_switch: prev_comm=swapper/0 prev_pid=0 prev_prio=120 prev_state=R ==> "
                                       "next_comm=kworker next_pid=9 next_prio=120") +
                                  line("kworker/0:1-9", "5.000080",
                                       "sched_switch: prev_comm=kworker prev_pid=9 prev_prio=120 prev_state=R ==> "
                                       "next_comm=vcpu0 next_pid=100 next_prio=120"));
  EXPECT_THAT(events.cpu, ElementsAre(Pair("KVM", 10'000 + 5'000 + 20'000), Pair("guest", 20'000), Pair("host", 10'000),
                                      Pair("idle", 15'000), Pair("vireo", 20'000)));
}

TEST(TraceReader, TakesOffWhatRecordingTook) {
  TracedThreads threads = kThreads;
  threads.cost = 1000;
  const Events events = read_trace(kBegin + kEnd, threads);
  EXPECT_THAT(events.cpu, ElementsAre(Pair("KVM", 99'000)));
}

// A trace has microseconds: what is shorter than the recording is as often rounded up.
TEST(TraceReader, TakesItOffTheSum) {
  TracedThreads threads = kThreads;
  threads.cost = 1500;
  const Events events = read_trace(kBegin + line("vcpu0-100", "5.000001", "sys_enter: NR 0 (6, 1, 1, 1, 0, 8)") +
                                       line("vcpu0-100", "5.000003", "sys_enter: NR 0 (6, 1, 1, 1, 0, 8)") + kEnd,
                                   threads);
  EXPECT_THAT(events.cpu, ElementsAre(Pair("KVM", 100'000 - 3 * 1500)));
}

TEST(TraceReader, NamesSystemCallsButKvmRun) {
  const Events events = events_of(line("vcpu0-100", "5.000001", "sys_enter: NR 16 (d, ae80, 0, 0, 0, 0)") +
                                  line("disk-101", "5.000002", "sys_enter: NR 426 (6, 1, 1, 1, 0, 8)") +
                                  line("disk-101", "5.000003", "sys_enter: NR 999 (6, 1, 1, 1, 0, 8)"));
  EXPECT_THAT(events.calls, ElementsAre(Pair("io_uring_enter", 1), Pair("system call 999", 1)));
}

TEST(TraceReader, TellsAUserSpacesInterruptsFromAnIrqfds) {
  const std::string message = "kvm_msi_set_irq: dst 0 vec 34 (Fixed|physical|edge)";
  const Events events = events_of(line("disk-101", "5.000001", "sys_enter: NR 16 (d, 4020aea5, 7ffc, 0, 0, 0)") +
                                  line("disk-101", "5.000002", message) + line("<idle>-0", "5.000003", message));
  EXPECT_EQ(events.interrupts.at("irqfd"), 1u);
  EXPECT_EQ(events.interrupts.at("user space"), 1u);
}

TEST(TraceReader, CountsReturnsToUserSpace) {
  const Events events = events_of(line("vcpu0-100", "5.000001", "kvm_userspace_exit: reason KVM_EXIT_MMIO (6)"));
  EXPECT_THAT(events.user_exits, ElementsAre(Pair("KVM_EXIT_MMIO", 1)));
}

TEST(TraceReader, LeavesOutWhatIsNotBetweenTheMarks) {
  const std::string exit = line("vcpu0-100", "4.999999", "kvm_exit: vcpu 0 reason npf rip 0x1");
  const Events events = read_trace(exit + kBegin + kEnd + exit, kThreads);
  EXPECT_THAT(events.exits, IsEmpty());
}

TEST(TraceReader, SaysThatAMarkIsMissing) {
  EXPECT_THAT(read_trace(kBegin, kThreads).missing, HasSubstr("marks"));
  EXPECT_THAT(read_trace(kEnd, kThreads).missing, HasSubstr("marks"));
  EXPECT_THAT(read_trace("", kThreads).missing, HasSubstr("marks"));
}

class NonsenseLineTest : public testing::TestWithParam<const char*> {};
TEST_P(NonsenseLineTest, IsPassedOver) {
  EXPECT_THAT(events_of(std::string(GetParam()) + "\n").missing, IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(Lines, NonsenseLineTest,
                         testing::Values("", "#", "x", " [", "a-1 [000] 5.0: ", "a-1 [000] 5: kvm_exit: x",
                                         "a [x] d 5.1: kvm_exit:", "CPU:0 [LOST 17 EVENTS]",
                                         "vcpu0-100 [000] d 5.000001: sys_enter: NR"));

}  // namespace
}  // namespace vireo::compare
