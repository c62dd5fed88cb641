#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vmm/compare/agent/histogram.h"

// What vireo and the agent that measures for it say to each other: lines of text, over a guest's serial console or over
// a pair of pipes. The agent's begin with kMark, as a guest's kernel writes to the same console.
//
//   vireo                          agent
//                                  ready
//   disk /dev/vda                  size MEDIUM         its size, and what its first blocks hold; or, for a network:
//   net NETWORK                    size MEDIUM         no size, and the peer's MAC address
//   fio ENGINE PROGRAM             fio                 from now on that program does the I/O of disks
//   run ORDER                      begin               warmed up; the window is opened
//                                  end                 the window is closed
//                                  counts COUNTS
//                                  latency ...         the words of the histogram's text, over as many lines as it
//                                  takes done
//   quit
// Or, in place of any answer: `failed WHY`; the next order may be given then. One at a time.
// A network's other end is an agent too: `echo NETWORK` is answered by `listening`, and until the next line comes it
// sends back what comes to it.
namespace vireo::agent {

inline constexpr std::string_view kMark = "@vireo ";
// With its end. A guest's console is slow and its lines are short: 4096 is the longest that a Linux terminal takes.
inline constexpr size_t kLongestLine = 1000;
inline constexpr unsigned kDeepest = 1024;
inline constexpr uint64_t kLargestBlock = 1 << 20;
inline constexpr uint64_t kSmallestMessage = 16;
inline constexpr uint64_t kLargestMessage = 32768;
inline constexpr uint64_t kHighestRate = 10'000'000;
inline constexpr uint64_t kDry = 1000;                         // operations that tell what the agent itself costs
inline constexpr uint64_t kLongestWindow = 3'600'000'000'000;  // nanoseconds: an hour

// Of a disk's blocks; or of messages that a peer sends back, as a datagram each, or over one connection.
enum class Operation { kRead, kWrite, kUdp, kTcp };
inline constexpr bool is_exchange(Operation operation) {
  return operation == Operation::kUdp || operation == Operation::kTcp;
}

// What is measured in one window.
struct Order {
  Operation operation = Operation::kRead;
  uint64_t block = 4096;  // bytes of each: a multiple of 512, at most kLargestBlock; or a message's
  uint64_t first = 0;     // the range of a disk, in bytes: blocks are counted from here, a multiple of 512
  uint64_t span = 0;
  unsigned depth = 1;        // closed loop: how many are under way; open loop: how many may be. At most kDeepest
  uint64_t rate = 0;         // open loop: operations a second, at times drawn from `seed`. 0: closed loop
  uint64_t operations = 0;   // the window ends with these; 0: with the time
  uint64_t nanoseconds = 0;  // 0: with the operations
  uint64_t warm_up = 0;      // operations before the window
  uint64_t seed = 0;         // of the order of blocks and of the moments
  // Mark the window for the host's tracing: CPUID leaf 0x4fff1233 begins it, hypercall 0x5e6 ends it. In a guest only.
  bool marked = false;
  // Nothing sleeps until an operation is done: the CPU asks for it over and over. A closed loop only.
  bool polled = false;
  // What tests inject into every operation, for a comparison to find: CPUIDs (in a guest only) and instructions.
  unsigned extra_exits = 0;
  unsigned extra_instructions = 0;

  bool operator==(const Order&) const = default;
};

// What one window showed. All that was begun in it is waited for, between the marks too, and is in its histogram, but
// for what failed: what CPU time and events are divided by is the histogram's count and `errors`, without `missed`.
struct Counts {
  uint64_t operations = 0;  // done well before the window was over: with `elapsed`, the throughput
  uint64_t errors = 0;      // in no histogram
  uint64_t elapsed = 0;     // nanoseconds; these four
  uint64_t user = 0;        // CPU time of the agent
  uint64_t system = 0;      //
  uint64_t latest = 0;      // how long after its moment an operation was begun, with a slot free. Closed loop: 0
  uint64_t interrupts = 0;  // of the medium's device, in the agent's kernel
  // Open loop: due within the window, but the path was too slow to begin them. In the histogram, as what they had
  // waited.
  uint64_t missed = 0;
  uint64_t poll_queue = 0;  // 1: what was polled is the device's own queue, which sends no interrupts
  uint64_t own = 0;         // nanoseconds of kDry operations without the kernel; 0: not known

  bool operator==(const Counts&) const = default;
};

struct Medium {
  uint64_t size = 0;
  uint64_t hash = 0;

  bool operator==(const Medium&) const = default;
};

// An interface, the address that it is given, and the peer's, both IPv4. An interface's name empty: the machine's only
// one.
struct Network {
  std::string interface;
  std::string address;
  unsigned prefix = 24;
  std::string peer;

  bool operator==(const Network&) const = default;
};

// Each as text of "key=value" by blanks, and back. Errors: nothing, where it is not one, or asks for what cannot be.
std::string text(const Order& order);
std::optional<Order> parse_order(std::string_view text);
std::string text(const Counts& counts);
std::optional<Counts> parse_counts(std::string_view text);
std::string text(const Medium& medium);
std::optional<Medium> parse_medium(std::string_view text);
std::string text(const Network& network);
std::optional<Network> parse_network(std::string_view text);

}  // namespace vireo::agent
