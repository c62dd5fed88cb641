// A console with ports on real sockets and files, driven as a driver does. virtio 1.2 5.3.
#include "tests/unit/emulated/virtio/console_device_fixture.h"

namespace vireo::emulated {
namespace {

TEST_F(ConsoleDeviceTest, SaysHowManyPortsItHas) {
  ConsoleConfigSpace space;
  device_->read_config(0, {reinterpret_cast<uint8_t*>(&space), sizeof space});
  EXPECT_EQ(space.ports, 2u);
  EXPECT_EQ(device_->identity().queue_sizes.size(), kQueues);
}

// 5.3.5.
TEST_F(ConsoleDeviceTest, PresentsItsPorts) {
  start();
  offer(kControlReceive, 8);
  control(ConsoleEvent::kDeviceReady);
  EXPECT_THAT(received(kControlReceive),
              testing::ElementsAre(message(ConsoleEvent::kPortAdd, 0), message(ConsoleEvent::kPortAdd, 1)));
  control(ConsoleEvent::kPortReady, 0);
  EXPECT_THAT(received(kControlReceive), testing::ElementsAre(message(ConsoleEvent::kConsolePort, 0)));
  control(ConsoleEvent::kPortReady, 1);
  EXPECT_THAT(received(kControlReceive),
              testing::ElementsAre(message(ConsoleEvent::kPortName, 1, 1, "log"), message(ConsoleEvent::kPortOpen, 1)));
}

TEST_F(ConsoleDeviceTest, WaitsForBuffersForItsMessages) {
  start();
  control(ConsoleEvent::kDeviceReady);
  offer(kControlReceive, 1);
  EXPECT_EQ(received(kControlReceive).size(), 1u);
  drivers_[kControlReceive]->add({{kBuffer + 64, 64, true}});
  doorbells_[kControlReceive].signal();
  settle();
  EXPECT_THAT(received(kControlReceive), testing::ElementsAre(message(ConsoleEvent::kPortAdd, 1)));
}

TEST_F(ConsoleDeviceTest, IgnoresMessagesThatAreNone) {
  start();
  offer(kControlReceive, 4);
  control(ConsoleEvent::kPortReady, 77);
  control(ConsoleEvent::kPortOpen, 0xffff'ffff);
  control(ConsoleEvent::kDeviceReady, 0, 0);
  control(static_cast<ConsoleEvent>(999));
  send(kControlTransmit, "short");
  EXPECT_TRUE(received(kControlReceive).empty());
}

TEST_F(ConsoleDeviceTest, TellsOfClientsThatComeAndGo) {
  start();
  offer(kControlReceive, 8);
  offer(0, 4);
  base::Fd socket = client();
  EXPECT_THAT(received(kControlReceive), testing::ElementsAre(message(ConsoleEvent::kPortOpen, 0)));
  control(ConsoleEvent::kPortOpen, 0);
  socket.close();
  settle();
  EXPECT_THAT(received(kControlReceive), testing::ElementsAre(message(ConsoleEvent::kPortOpen, 0, 0)));
}

TEST_F(ConsoleDeviceTest, WritesToAFile) {
  start();
  send(5, "one ");
  send(5, "two");
  EXPECT_EQ(file(), "one two");
  EXPECT_EQ(drivers_[5]->take().size(), 2u);
}

TEST_F(ConsoleDeviceTest, HandsInputToWhoReadsIt) {
  start();
  offer(0, 4);
  const base::Fd socket = client();
  ASSERT_EQ(::send(socket.get(), "hello", 5, 0), 5);
  settle();
  EXPECT_TRUE(received(0).empty());
  control(ConsoleEvent::kPortOpen, 0);
  EXPECT_THAT(received(0), testing::ElementsAre("hello"));
}

// 5.3.5: a driver that does not know of several ports has the first.
TEST_F(ConsoleDeviceTest, ServesADriverOfOnePort) {
  start(kFeatureVersion1);
  offer(0, 1);
  const base::Fd socket = client();
  ASSERT_EQ(::send(socket.get(), "hello", 5, 0), 5);
  settle();
  EXPECT_THAT(received(0), testing::ElementsAre("hello"));
}

TEST_F(ConsoleDeviceTest, KeepsInputUntilThereAreBuffers) {
  start();
  control(ConsoleEvent::kPortOpen, 0);
  const base::Fd socket = client();
  ASSERT_EQ(::send(socket.get(), "hello", 5, 0), 5);
  settle();
  offer(0, 1);
  EXPECT_THAT(received(0), testing::ElementsAre("hello"));
}

// A client that does not read has its port wait, not lose.
TEST_F(ConsoleDeviceTest, WaitsForAClientThatDoesNotRead) {
  start();
  const base::Fd socket = client();
  const std::string much(0x8000, 'x');
  unsigned sent = 0;
  for (; sent < 32; ++sent) send(1, much);
  const size_t done = drivers_[1]->take().size();
  EXPECT_LT(done, sent);
  send(5, "others go on");
  EXPECT_EQ(file(), "others go on");
  std::vector<char> all(32 * much.size());
  size_t got = 0;
  for (ssize_t more = 0; (more = ::recv(socket.get(), all.data() + got, all.size() - got, MSG_DONTWAIT)) > 0; settle())
    got += static_cast<size_t>(more);
  EXPECT_EQ(got, all.size());
  EXPECT_EQ(done + drivers_[1]->take().size(), sent);
}

// A chain may name one buffer again and again: it is written a part at a time.
TEST_F(ConsoleDeviceTest, WritesMuchInSeveralTurns) {
  start();
  constexpr uint32_t kSize = 0x10000;
  constexpr size_t kTimes = 40;
  drivers_[5]->add(RingDriver::Buffers(kTimes, {kBuffer, kSize}));
  doorbells_[5].signal();
  fakes::run_once(loop_);
  EXPECT_LT(std::filesystem::file_size(file_path()), kTimes * kSize);
  settle();
  EXPECT_EQ(std::filesystem::file_size(file_path()), kTimes * kSize);
  EXPECT_EQ(drivers_[5]->take().size(), 1u);
}

TEST_F(ConsoleDeviceTest, ForgetsWhatItHadAtItsEnd) {
  start();
  offer(0, 1);
  const base::Fd socket = client();
  control(ConsoleEvent::kPortOpen, 0);
  stop();
  ASSERT_EQ(::send(socket.get(), "late", 4, 0), 4);
  settle();
  EXPECT_TRUE(received(0).empty());
}

}  // namespace
}  // namespace vireo::emulated
