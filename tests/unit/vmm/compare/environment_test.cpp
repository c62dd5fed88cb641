#include "vmm/compare/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "vmm/compare/cpu_time.h"
#include "vmm/compare/progress.h"

namespace vireo::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class HostTest : public testing::Test {
 protected:
  HostTest() {
    root.prefix = ::mkdtemp(name_);
    write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    write("/proc/loadavg", "0.05 0.10 0.20 1/100 5\n");
  }
  ~HostTest() override { std::filesystem::remove_all(root.prefix); }
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root.prefix + path).parent_path());
    std::ofstream(root.prefix + path) << text;
  }
  void set_frequency(const std::string& kilohertz) const {
    write("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", kilohertz);
  }

  char name_[32] = "/tmp/vireo-watch-XXXXXX";
  host::HostRoot root;
};

TEST_F(HostTest, EnvironmentSaysWhereItIs) {
  write("/proc/sys/kernel/osrelease", "6.1.0-10-amd64\n");
  write("/proc/cpuinfo", "processor\t: 0\nmodel name\t: AMD EPYC 7763\nflags\t: x\n");
  write("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
  const Environment found = read_environment(root);
  EXPECT_EQ(found.kernel, "6.1.0-10-amd64");
  EXPECT_EQ(found.cpu, "AMD EPYC 7763");
  EXPECT_EQ(found.clock, "tsc");
  EXPECT_EQ(found.governor, "powersave");
}

TEST(Hypervisor, IsNamed) {
  EXPECT_EQ(hypervisor_name("TCGTCGTCGTCG"), "QEMU's emulator (TCG)");
  EXPECT_EQ(hypervisor_name(std::string("KVMKVMKVM\0\0\0", 12)), "a virtual machine of KVM's");
  EXPECT_EQ(hypervisor_name("unheard of"), "a virtual machine");
  EXPECT_EQ(hypervisor_name(""), "");
}

TEST_F(HostTest, WatchSaysNothingOfAQuietHost) {
  set_frequency("3000000\n");
  HostWatch watch(root);
  watch.look();
  EXPECT_THAT(watch.warnings(), IsEmpty());
}

TEST_F(HostTest, WatchSeesTheFrequencyMove) {
  set_frequency("3000000\n");
  HostWatch watch(root);
  set_frequency("2000000\n");
  watch.look();
  set_frequency("3000000\n");
  watch.look();
  EXPECT_THAT(watch.warnings(), ElementsAre(HasSubstr("from 2.0 to 3.0 GHz")));
}

TEST_F(HostTest, WatchSeesTheClockChange) {
  const HostWatch watch(root);
  write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
  EXPECT_THAT(watch.warnings(), ElementsAre(HasSubstr("from tsc to hpet")));
}

TEST_F(HostTest, WatchSeesABusyHost) {
  write("/proc/loadavg", "3.50 0.10 0.20 1/100 5\n");
  EXPECT_THAT(HostWatch(root).warnings(), ElementsAre(HasSubstr("load average 3.50")));
}

TEST_F(HostTest, SchedulerOfTheDiskIsAWarning) {
  write("/sys/class/block/nvme0n1/queue/scheduler", "[mq-deadline] none\n");
  EXPECT_THAT(scheduler_warning("/dev/nvme0n1", root).value(),
              HasSubstr("/dev/nvme0n1 has the I/O scheduler mq-deadline"));
  write("/sys/class/block/nvme0n1/queue/scheduler", "[none] mq-deadline\n");
  EXPECT_FALSE(scheduler_warning("/dev/nvme0n1", root));
  EXPECT_FALSE(scheduler_warning("/images/a.raw", root));
}

TEST_F(HostTest, CpuTimeIsThatOfAllThreads) {
  write("/proc/7/task/7/schedstat", "1000 5 3\n");
  write("/proc/7/task/8/schedstat", "500 5 3\n");
  write("/proc/7/task/8/comm", "vcpu0\n");
  write("/proc/schedstat",
        "version 15\ntimestamp 5\ncpu0 0 0 9 8 7 6 4000 11 2\ndomain0 3 1\ncpu1 0 0 9 8 7 6 500 11 2\n");
  const CpuTimes::Moment now = CpuTimes(7, root.proc()).now();
  EXPECT_EQ(now.process, 1500u);
  EXPECT_EQ(now.vcpus, 500u);
  EXPECT_EQ(now.host, 4500u);
}

TEST_F(HostTest, CpuTimeOfAProcessThatIsGoneIsNothing) {
  EXPECT_EQ(CpuTimes(7, root.proc()).now().process, 0u);
}

// Another process' machine is not ours, whatever its number begins with.
TEST_F(HostTest, CpuTimeKnowsHowLongKvmPolled) {
  write("/kvm/7-12/halt_poll_success_ns", "300\n");
  write("/kvm/7-12/halt_poll_fail_ns", "40\n");
  write("/kvm/71-12/halt_poll_success_ns", "5\n");
  EXPECT_EQ(CpuTimes(7, root.proc(), root.prefix + "/kvm").now().polling, 340u);
  EXPECT_EQ(CpuTimes(7, root.proc(), root.prefix + "/nowhere").now().polling, 0u);
}

TEST(CpuTime, OfAThreadThatHasEndedIsNotLessThanNothing) {
  const CpuTimes::Moment used = since({.process = 900, .vcpus = 500}, {.process = 700, .vcpus = 800});
  EXPECT_EQ(used.process, 0u);
  EXPECT_EQ(used.vcpus, 300u);
}

TEST(Progress, SaysHowLongItTakesYet) {
  using std::chrono::seconds;
  const Step step{.done = 30, .of = 90, .what = "round 2 of 5: vf, depth 4"};
  EXPECT_EQ(progress_text(step, seconds(30)), "30 of 90, round 2 of 5: vf, depth 4; 60 s left");
  EXPECT_EQ(progress_text(step, seconds(150)), "30 of 90, round 2 of 5: vf, depth 4; 5 min left");
  EXPECT_EQ(progress_text({.done = 0, .of = 90, .what = "guests start"}, seconds(9)), "guests start");
}

}  // namespace
}  // namespace vireo::compare
