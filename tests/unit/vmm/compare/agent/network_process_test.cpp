// Two agents in a network of their own, which is the loopback interface: one sends back what the other sends.
#include "tests/unit/vmm/compare/agent/agent_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace vireo::agent {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kHere = "interface=lo address=127.0.0.1 prefix=8 peer=127.0.0.1";

class NetworkProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    const int kinds = ::geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWNET | CLONE_NEWUSER;
    if (::unshare(kinds) < 0) GTEST_SKIP() << "no network of its own for this test: " << std::strerror(errno);
    peer_.emplace();
    agent_.emplace();
    ASSERT_EQ(peer_->answer(), "ready");
    ASSERT_EQ(agent_->answer(), "ready");
    ASSERT_EQ(peer_->answer_to(std::string("echo ") + kHere), "listening");
  }

  static Order exchange(Operation operation) {
    return {.operation = operation, .block = 64, .depth = 1, .operations = 500, .warm_up = 10, .seed = 1};
  }
  AgentProcess::Window run(const Order& order) {
    EXPECT_THAT(agent_->answer_to(std::string("net ") + kHere), StartsWith("size "));
    return agent_->run(order);
  }
  void expect_all_back(const Order& order) {
    const AgentProcess::Window window = run(order);
    ASSERT_TRUE(window.counts && window.latency);
    EXPECT_EQ(window.counts->operations, order.operations);
    EXPECT_EQ(window.counts->errors, 0u);
    EXPECT_GE(window.latency->count(), order.operations);
  }

  std::optional<AgentProcess> peer_;
  std::optional<AgentProcess> agent_;
};

TEST_F(NetworkProcessTest, ExchangesDatagrams) {
  expect_all_back(exchange(Operation::kUdp));
}

TEST_F(NetworkProcessTest, ExchangesOverAConnection) {
  expect_all_back(exchange(Operation::kTcp));
}

TEST_F(NetworkProcessTest, ExchangesManyAtOnce) {
  for (const Operation operation : {Operation::kUdp, Operation::kTcp}) {
    Order order = exchange(operation);
    order.depth = 32;
    order.block = 1400;
    expect_all_back(order);
  }
}

// More than a socket's buffers hold: neither end may wait for the other for ever.
TEST_F(NetworkProcessTest, ExchangesMoreThanIsBuffered) {
  Order order = exchange(Operation::kTcp);
  order.depth = 512;
  order.block = kLargestMessage;
  order.operations = 1000;
  expect_all_back(order);
}

TEST_F(NetworkProcessTest, ExchangesAtARate) {
  for (const Operation operation : {Operation::kUdp, Operation::kTcp}) {
    Order order = exchange(operation);
    order.depth = 64;
    order.rate = 2000;
    expect_all_back(order);
  }
}

TEST_F(NetworkProcessTest, ExchangesWithoutSleeping) {
  for (const Operation operation : {Operation::kUdp, Operation::kTcp}) {
    Order order = exchange(operation);
    order.polled = true;
    expect_all_back(order);
  }
}

TEST_F(NetworkProcessTest, SaysThatNothingComesBack) {
  EXPECT_THAT(agent_->answer_to(std::string("net ") + kHere), StartsWith("size "));
  peer_.reset();
  Order order = exchange(Operation::kUdp);
  order.warm_up = 0;
  order.operations = 2;
  const AgentProcess::Window window = agent_->run(order);
  ASSERT_TRUE(window.counts);
  EXPECT_EQ(window.counts->operations, 0u);
  EXPECT_EQ(window.counts->errors, 2u);
}

TEST_F(NetworkProcessTest, EndsAWindowWhoseConnectionBreaks) {
  EXPECT_THAT(agent_->answer_to(std::string("net ") + kHere), StartsWith("size "));
  Order order = exchange(Operation::kTcp);
  order.operations = 0;
  order.nanoseconds = 300'000'000;
  agent_->order("run " + text(order));
  EXPECT_EQ(agent_->answer(), "begin");
  peer_.reset();
  const AgentProcess::Window window = agent_->rest_of_window();
  ASSERT_TRUE(window.counts);
  EXPECT_GT(window.counts->errors, 0u);
}

TEST_F(NetworkProcessTest, StopsToEchoForTheNextOrder) {
  EXPECT_THAT(peer_->answer_to("nonsense"), HasSubstr("unknown: nonsense"));
  peer_->order("quit");
  EXPECT_EQ(peer_->wait(), 0);
}

TEST_F(NetworkProcessTest, RefusesBlocksOfANetwork) {
  EXPECT_THAT(agent_->answer_to(std::string("net ") + kHere), StartsWith("size "));
  Order order = exchange(Operation::kRead);
  order.block = 512;
  order.span = 512;
  EXPECT_THAT(agent_->answer_to("run " + text(order)), HasSubstr("no blocks"));
}

TEST_F(NetworkProcessTest, RefusesANetworkThatIsNone) {
  EXPECT_THAT(agent_->answer_to("net interface=lo address=x prefix=8 peer=127.0.0.1"),
              HasSubstr("not an IPv4 address"));
  EXPECT_THAT(agent_->answer_to("net interface=lo address=127.0.0.1 prefix=33 peer=127.0.0.1"),
              HasSubstr("not a network"));
  EXPECT_THAT(agent_->answer_to("net interface=none0 address=127.0.0.1 prefix=8 peer=127.0.0.1"),
              HasSubstr("network interface none0"));
  EXPECT_THAT(agent_->answer_to("net interface= address=127.0.0.1 prefix=8 peer=127.0.0.1"),
              HasSubstr("no network interface"));
}

}  // namespace
}  // namespace vireo::agent
