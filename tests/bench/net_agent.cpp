// The program of a NIC's guest: exchanges datagrams with the host, one at a time, or sends it a stream, as the kernel's
// command line says: bench=turns | bench=stream.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/bench/guest.h"

namespace {

constexpr const char* kOwnAddress = "10.1.1.2";
constexpr const char* kPeerAddress = "10.1.1.1";
constexpr uint16_t kPort = 5000;
constexpr int kWarmUp = 200;
constexpr int kTurns = 2048;
constexpr int kChunks = 512;  // of 64 KiB
constexpr size_t kChunk = 65536;

sockaddr_in address_of(const char* text, uint16_t port) {
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
  ::inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

void set_up_interface() {
  const int control = ::socket(AF_INET, SOCK_DGRAM, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "eth0");
  const sockaddr_in own = address_of(kOwnAddress, 0);
  std::memcpy(&request.ifr_addr, &own, sizeof own);
  if (::ioctl(control, SIOCSIFADDR, &request) < 0) fail("no eth0");
  request.ifr_flags = IFF_UP;
  if (::ioctl(control, SIOCSIFFLAGS, &request) < 0) fail("eth0");
  ::close(control);
}

int connect_to_peer(int type) {
  const sockaddr_in peer = address_of(kPeerAddress, kPort);
  for (int tries = 0; tries < 100; ++tries) {
    const int file = ::socket(AF_INET, type, 0);
    if (::connect(file, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) == 0) return file;
    ::close(file);
    ::usleep(50'000);
  }
  fail("nobody answers");
}

void take_turn(int peer) {
  char byte = 1;
  if (::send(peer, &byte, 1, 0) != 1 || ::recv(peer, &byte, 1, 0) != 1) fail("a turn");
}

void measure_turns() {
  const int peer = connect_to_peer(SOCK_DGRAM);
  for (int i = 0; i < kWarmUp; ++i) take_turn(peer);
  std::vector<long> took;
  took.reserve(kTurns);
  mark_start();
  for (int i = 0; i < kTurns; ++i) {
    const long before = nanoseconds();
    take_turn(peer);
    took.push_back(nanoseconds() - before);
  }
  mark_stop();
  report("turns", kTurns, took);
}

void send_chunk(int peer, const std::vector<char>& data) {
  for (size_t sent = 0; sent < data.size();) {
    const ssize_t moved = ::send(peer, data.data() + sent, data.size() - sent, 0);
    if (moved < 0) fail("send");
    sent += static_cast<size_t>(moved);
  }
}

// The peer says when it has all: what a chunk took is its share of the whole.
void measure_stream() {
  const int peer = connect_to_peer(SOCK_STREAM);
  const std::vector<char> data(kChunk, 'x');
  for (int i = 0; i < kWarmUp / 10; ++i) send_chunk(peer, data);
  mark_start();
  const long before = nanoseconds();
  for (int i = 0; i < kChunks; ++i) send_chunk(peer, data);
  ::shutdown(peer, SHUT_WR);
  char byte = 0;
  if (::recv(peer, &byte, 1, 0) != 1) fail("the peer's end");
  mark_stop();
  std::vector<long> took{(nanoseconds() - before) / kChunks};
  report("chunks", kChunks, took);
}

}  // namespace

int main() {
  const std::string command_line = set_up();
  set_up_interface();
  has(command_line, "bench=stream") ? measure_stream() : measure_turns();
  ::sleep(2);
  power_off();
}
