// Frames on a stream socket, as passt and QEMU's `-netdev stream` send them: a length of 32 bits, then the frame.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "emulated/virtio/net_backend.h"

namespace vireo::emulated {
namespace {

using Bytes = std::vector<uint8_t>;

class StreamBackendTest : public testing::Test {
 protected:
  StreamBackendTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    other_ = base::Fd(ends[0]);
    backend_ = make_stream(base::Fd(ends[1]));
  }
  void say(const Bytes& bytes) {
    EXPECT_EQ(::write(other_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  Bytes hear(size_t most) {
    Bytes bytes(most);
    bytes.resize(static_cast<size_t>(std::max<ssize_t>(::recv(other_.get(), bytes.data(), most, MSG_DONTWAIT), 0)));
    return bytes;
  }
  Bytes receive() {
    Bytes packet(kMostPacket);
    result_ = backend_->receive(packet);
    packet.resize(static_cast<size_t>(std::max<ssize_t>(result_, 0)));
    return packet;
  }
  bool send(std::vector<Bytes> parts) {
    std::vector<iovec> buffers;
    for (Bytes& part : parts) buffers.push_back({part.data(), part.size()});
    return backend_->send(buffers);
  }

  base::Fd other_;
  std::unique_ptr<NetBackend> backend_;
  ssize_t result_ = 0;
};

const Bytes kNoHeader(sizeof(NetHeader), 0);

Bytes with_header(Bytes frame) {
  frame.insert(frame.begin(), kNoHeader.begin(), kNoHeader.end());
  return frame;
}

TEST_F(StreamBackendTest, ReceivesAFrame) {
  say({0, 0, 0, 3, 7, 8, 9});
  EXPECT_EQ(receive(), with_header({7, 8, 9}));
  EXPECT_TRUE(receive().empty());
  EXPECT_EQ(result_, 0);
}

TEST_F(StreamBackendTest, ReceivesSeveralFramesThatCameTogether) {
  say({0, 0, 0, 1, 7, 0, 0, 0, 2, 8, 9});
  EXPECT_EQ(receive(), with_header({7}));
  EXPECT_EQ(receive(), with_header({8, 9}));
}

TEST_F(StreamBackendTest, WaitsForTheRestOfAFrame) {
  say({0, 0, 0});
  EXPECT_TRUE(receive().empty());
  say({2, 5});
  EXPECT_TRUE(receive().empty());
  say({6});
  EXPECT_EQ(receive(), with_header({5, 6}));
}

// More than any frame is: nobody can say where the next one begins.
TEST_F(StreamBackendTest, GivesUpALengthThatIsNone) {
  say({0xff, 0, 0, 0, 1});
  receive();
  receive();
  EXPECT_LT(result_, 0);
}

TEST_F(StreamBackendTest, SeesThatTheOtherSideIsGone) {
  other_.close();
  receive();
  EXPECT_LT(result_, 0);
  EXPECT_FALSE(send({with_header({1})}));
}

TEST_F(StreamBackendTest, SendsAFrameWithoutItsHeader) {
  EXPECT_TRUE(send({with_header({7, 8})}));
  EXPECT_EQ(hear(64), (Bytes{0, 0, 0, 2, 7, 8}));
}

TEST_F(StreamBackendTest, SendsAFrameThatIsCutAnywhere) {
  EXPECT_TRUE(send({Bytes(5, 1), Bytes(7, 1), {7}, {}, {8, 9}}));
  EXPECT_EQ(hear(64), (Bytes{0, 0, 0, 3, 7, 8, 9}));
}

TEST_F(StreamBackendTest, SendsNoEmptyFrame) {
  EXPECT_TRUE(send({kNoHeader}));
  EXPECT_TRUE(hear(64).empty());
}

TEST(Stream, SaysWhoDoesNotListen) {
  try {
    connect_stream("/nowhere/passt.sock");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/nowhere/passt.sock"));
    EXPECT_THAT(error.help(), testing::HasSubstr("passt --socket"));
  }
}

TEST(Stream, RefusesAPathThatNoSocketCanHave) {
  EXPECT_THROW(check_stream("/" + std::string(200, 'x')), base::Error);
}

}  // namespace
}  // namespace vireo::emulated
