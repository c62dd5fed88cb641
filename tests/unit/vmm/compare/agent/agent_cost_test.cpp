#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "tests/unit/vmm/compare/agent/agent_process.h"
#include "tests/unit/vmm/compare/agent/medium_file.h"

namespace vireo::agent {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::Le;
using testing::Lt;

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kOperations = 50;

// xchg %bx, %bx and xchg %cx, %cx: where tests/bench/count_instructions.cpp begins and ends to count.
constexpr long kBegin = 0xdb8766;
constexpr long kEnd = 0xc98766;

// The program is below; above is the vDSO, whose clock tries again while it is stepped through.
constexpr uint64_t kProgramsEnd = uint64_t{1} << 32;

// Steps through a process, instruction by instruction. What a system call does in the kernel is one.
class Stepper {
 public:
  explicit Stepper(pid_t process) : process_(process) {
    good_ = ::ptrace(PTRACE_SEIZE, process, nullptr, PTRACE_O_TRACESYSGOOD) == 0 &&
            ::ptrace(PTRACE_INTERRUPT, process, nullptr, nullptr) == 0 && stops();
  }
  ~Stepper() { ::ptrace(PTRACE_DETACH, process_, nullptr, nullptr); }
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  bool good() const { return good_; }
  // Go on until it is in this system call: fast, compared with steps.
  void run_to_call(uint64_t call) {
    do good_ = good_ && ::ptrace(PTRACE_SYSCALL, process_, nullptr, nullptr) == 0 && stops();
    while (good_ && registers().orig_rax != call);
  }
  // Go on until the next instruction is this one; return after how many of the program's own.
  uint64_t step_to(long instruction) {
    uint64_t steps = 0;
    for (uint64_t at = registers().rip; good_ && instruction_at(at) != instruction; at = registers().rip) {
      good_ = ::ptrace(PTRACE_SINGLESTEP, process_, nullptr, nullptr) == 0 && stops();
      steps += at < kProgramsEnd;
    }
    return steps;
  }

 private:
  bool stops() const {
    int status = 0;
    return ::waitpid(process_, &status, 0) == process_ && WIFSTOPPED(status);
  }
  user_regs_struct registers() const {
    user_regs_struct all{};
    ::ptrace(PTRACE_GETREGS, process_, nullptr, &all);
    return all;
  }
  long instruction_at(uint64_t at) const { return ::ptrace(PTRACE_PEEKTEXT, process_, at, nullptr) & 0xffffff; }

  pid_t process_;
  bool good_ = false;
};

// What the agent itself executes for an operation of the order, between its marks.
double instructions(const Order& order) {
  const MediumFile medium(kMiB);
  AgentProcess agent;
  agent.answer();
  agent.answer_to("disk " + medium.path());
  uint64_t steps = 0;
  {
    Stepper stepper(agent.process());
    agent.order("run " + text(order));
    stepper.run_to_call(SYS_clock_nanosleep);  // the pause before the window
    stepper.step_to(kBegin);
    steps = stepper.step_to(kEnd);
    EXPECT_TRUE(stepper.good());
  }
  const auto window = agent.rest_of_window();
  EXPECT_EQ(window.counts->operations, order.operations);
  return static_cast<double>(steps) / static_cast<double>(order.operations);
}

// At most 2 % of what the fastest path executes for a read, about 18,000 (tests/bench), is 360. Of these the clock has
// two times sixty at most, which are not counted here.
constexpr double kMost = 240;

TEST(AgentCost, IsSmallWithOneUnderWay) {
  const double cost = instructions({.span = kMiB, .operations = kOperations});
  RecordProperty("instructions", std::to_string(cost));
  EXPECT_THAT(cost, Lt(kMost));
}

TEST(AgentCost, IsSmallWithManyUnderWay) {
  const double cost = instructions({.span = kMiB, .depth = 16, .operations = kOperations});
  RecordProperty("instructions", std::to_string(cost));
  EXPECT_THAT(cost, Lt(kMost));
}

// Each is begun by a wake of its own, and a moment is drawn by a logarithm. So slow that none waits for another while
// they are stepped through.
TEST(AgentCost, IsBoundedInAnOpenLoop) {
  const double cost = instructions({.span = kMiB, .depth = 16, .rate = 10, .operations = 20});
  RecordProperty("instructions", std::to_string(cost));
  EXPECT_THAT(cost, Lt(650));
}

// What a comparison is to find later.
TEST(AgentCost, GrowsByTheInstructionsThatATestWants) {
  const double without = instructions({.span = kMiB, .operations = kOperations});
  const double with = instructions({.span = kMiB, .operations = kOperations, .extra_instructions = 500});
  EXPECT_THAT(with - without, AllOf(Ge(500), Le(520)));
}

}  // namespace
}  // namespace vireo::agent
