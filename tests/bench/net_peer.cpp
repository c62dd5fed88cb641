// The host's side of net_agent.cpp, in the emulated host: answers datagrams, and takes a stream whose end it answers.
// usage: net_peer turns|stream
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

int bound(int type) {
  const int file = ::socket(AF_INET, type, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(5000), .sin_addr = {}, .sin_zero = {}};
  if (::bind(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return file;
  std::perror("net_peer");
  ::_exit(1);
}

[[noreturn]] void answer_datagrams(int file) {
  char data[2048];
  sockaddr_in from{};
  while (true) {
    socklen_t length = sizeof from;
    const ssize_t size = ::recvfrom(file, data, sizeof data, 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size > 0) ::sendto(file, data, static_cast<size_t>(size), 0, reinterpret_cast<sockaddr*>(&from), length);
  }
}

void take_stream(int listening) {
  ::listen(listening, 1);
  const int peer = ::accept(listening, nullptr, nullptr);
  std::vector<char> data(1 << 18);
  while (::recv(peer, data.data(), data.size(), 0) > 0) continue;
  ::send(peer, "x", 1, 0);
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::string(arguments[1]) == "stream")
    take_stream(bound(SOCK_STREAM));
  else
    answer_datagrams(bound(SOCK_DGRAM));
}
