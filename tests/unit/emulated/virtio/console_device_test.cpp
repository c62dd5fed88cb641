// A console with ports on real sockets and files, driven as a driver does. virtio 1.2 5.3.
#include "emulated/virtio/console_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/fake_virtio_transport.h"
#include "tests/fakes/run_loop.h"
#include "tests/unit/emulated/virtio/ring_driver.h"
#include "vmm/base/bits.h"

namespace vireo::emulated {
namespace {

constexpr unsigned kQueues = 6;
constexpr uint64_t kQueueStride = 0x20000;
constexpr uint64_t kBuffer = 0xf0000;

// Two ports: a console on a socket, and one with a name that goes to a file. Each queue has its own memory.
class ConsoleDeviceTest : public testing::Test {
 protected:
  ConsoleDeviceTest()
      : folder_(std::filesystem::temp_directory_path() / ("vireo-console-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    device_ = std::make_unique<ConsoleDevice>(
        std::vector<ConsolePortSettings>{{.socket = socket_path()}, {.name = "log", .file = file_path()}}, loop_);
    device_->connect(transport_);
    for (unsigned i = 0; i < kQueues; ++i) {
      memories_.push_back(std::make_unique<platform::GuestMemory>(
          std::vector<platform::RamRegion>{
              {.range = *base::GuestRange::make(base::GuestAddress(0), base::kMiB), .offset = 0}},
          platform::MemoryBacking{}));
      drivers_.push_back(std::make_unique<SplitDriver>(*memories_[i], 64));
    }
  }
  ~ConsoleDeviceTest() override {
    stop();
    device_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string socket_path() const { return folder_ / "socket"; }
  std::string file_path() const { return folder_ / "file"; }
  void start(uint64_t features = kFeatureVersion1 | kConsoleMultiport) {
    for (unsigned i = 0; i < kQueues; ++i) {
      rings_.push_back(make_virtqueue(*memories_[i], drivers_[i]->layout(), features));
      device_->start(
          {.index = i, .ring = *rings_[i], .doorbell = doorbells_[i], .transport = transport_, .features = features});
    }
    settle();
  }
  void stop() {
    for (unsigned i = 0; i < rings_.size(); ++i) device_->stop(i);
    rings_.clear();
  }
  void settle() {
    for (unsigned i = 0; i < 4; ++i) fakes::run_once(loop_);  // what a callback rings for is done in the next round
  }
  void offer(unsigned queue, unsigned count, uint32_t size = 64) {
    for (unsigned i = 0; i < count; ++i) drivers_[queue]->add({{kBuffer + i * size, size, true}});
    doorbells_[queue].signal();
    settle();
  }
  void send(unsigned queue, const std::string& text) {
    memories_[queue]->write(base::GuestAddress(kBuffer), {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    drivers_[queue]->add({{kBuffer, static_cast<uint32_t>(text.size())}});
    doorbells_[queue].signal();
    settle();
  }
  void control(ConsoleEvent event, uint32_t port = 0, uint16_t value = 1) {
    const ConsoleControl message{.port = port, .event = event, .value = value};
    send(kControlTransmit, {reinterpret_cast<const char*>(&message), sizeof message});
  }
  // What was put into a queue's buffers since the last call. Buffers are 64 bytes, in the order of their chains.
  std::vector<std::string> received(unsigned queue) {
    std::vector<std::string> texts;
    for (const RingDriver::Used& used : drivers_[queue]->take()) {
      const auto bytes = memories_[queue]->bytes(base::GuestAddress(kBuffer + 64 * taken_[queue]++), used.written);
      texts.emplace_back(bytes.begin(), bytes.end());
    }
    return texts;
  }
  static std::string message(ConsoleEvent event, uint32_t port, uint16_t value = 1, const std::string& more = "") {
    const ConsoleControl control{.port = port, .event = event, .value = value};
    return std::string(reinterpret_cast<const char*>(&control), sizeof control) + more;
  }
  base::Fd client() {
    base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    settle();
    return socket;
  }
  static std::string read(const base::Fd& socket) {
    std::array<char, 256> text;
    const ssize_t size = ::recv(socket.get(), text.data(), text.size(), MSG_DONTWAIT);
    return {text.data(), static_cast<size_t>(std::max<ssize_t>(size, 0))};
  }
  std::string file() const {
    std::ifstream file(file_path());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_;
  platform::EventLoop loop_;
  fakes::FakeVirtioTransport transport_;
  std::array<base::EventFd, kQueues> doorbells_;
  std::array<unsigned, kQueues> taken_ = {};
  std::vector<std::unique_ptr<platform::GuestMemory>> memories_;
  std::vector<std::unique_ptr<SplitDriver>> drivers_;
  std::vector<std::unique_ptr<Virtqueue>> rings_;
  std::unique_ptr<ConsoleDevice> device_;
};

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

TEST_F(ConsoleDeviceTest, TurnsASecondClientAway) {
  start();
  const base::Fd first = client();
  const base::Fd second = client();
  send(1, "to one");
  EXPECT_EQ(read(first), "to one");
  char byte = 0;
  EXPECT_EQ(::recv(second.get(), &byte, 1, MSG_DONTWAIT), 0);
}

TEST_F(ConsoleDeviceTest, WritesToAFile) {
  start();
  send(5, "one ");
  send(5, "two");
  EXPECT_EQ(file(), "one two");
  EXPECT_EQ(drivers_[5]->take().size(), 2u);
}

TEST_F(ConsoleDeviceTest, LosesWhatNobodyReads) {
  start();
  send(1, "nobody");
  EXPECT_EQ(drivers_[1]->take().size(), 1u);
  const base::Fd socket = client();
  EXPECT_EQ(read(socket), "");
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

TEST(ConsolePort, RefusesWhereItCannotBe) {
  EXPECT_THROW(ConsolePort::check({.file = "/nowhere/file"}), base::Error);
  EXPECT_THROW(ConsolePort::check({.socket = "/tmp/" + std::string(120, 'x')}), base::Error);
  EXPECT_NO_THROW(ConsolePort::check({.file = "/tmp/file"}));
}

// Nothing but a socket that nobody listens on any more is in a socket's way and goes.
TEST_F(ConsoleDeviceTest, LeavesOthersFilesAlone) {
  std::ofstream(folder_ / "mine") << "mine";
  const std::string path = folder_ / "mine";
  EXPECT_THROW(ConsolePort::check({.socket = path}), base::Error);
  EXPECT_THROW(ConsolePort({.socket = path}, loop_, {}), base::Error);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_THROW(ConsolePort::check({.file = folder_}), base::Error);
}

TEST_F(ConsoleDeviceTest, LeavesOtherKindsOfSocketsAlone) {
  const std::string path = folder_ / "datagrams";
  const base::Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THROW(ConsolePort({.socket = path}, loop_, {}), base::Error);
  EXPECT_TRUE(std::filesystem::exists(path));
}

// Nobody in the guest reads, so nobody has seen that the first one left.
TEST_F(ConsoleDeviceTest, TakesAClientAfterOneThatLeft) {
  start();
  base::Fd first = client();
  first.close();
  settle();
  const base::Fd second = client();
  send(1, "to the second");
  EXPECT_EQ(read(second), "to the second");
}

TEST_F(ConsoleDeviceTest, TakesThePlaceOfASocketThatIsLeftOver) {
  const std::string path = folder_ / "left";
  {
    const base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_NO_THROW(ConsolePort({.socket = path}, loop_, {}));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ConsoleDeviceTest, RefusesASocketThatIsInUse) {
  EXPECT_THROW(ConsolePort::check({.socket = socket_path()}), base::Error);
  EXPECT_THROW(ConsolePort({.socket = socket_path()}, loop_, {}), base::Error);
}

}  // namespace
}  // namespace vireo::emulated
