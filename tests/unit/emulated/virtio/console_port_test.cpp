// Where a console's ports lead on the host, and who may be there.
#include "tests/unit/emulated/virtio/console_device_fixture.h"

namespace vireo::emulated {
namespace {

TEST_F(ConsoleDeviceTest, TurnsASecondClientAway) {
  start();
  const base::Fd first = client();
  const base::Fd second = client();
  send(1, "to one");
  EXPECT_EQ(read(first), "to one");
  char byte = 0;
  EXPECT_EQ(::recv(second.get(), &byte, 1, MSG_DONTWAIT), 0);
}

TEST_F(ConsoleDeviceTest, LosesWhatNobodyReads) {
  start();
  send(1, "nobody");
  EXPECT_EQ(drivers_[1]->take().size(), 1u);
  const base::Fd socket = client();
  EXPECT_EQ(read(socket), "");
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
