#include "vmm/compare/agent/link.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "vmm/compare/agent/protocol.h"

namespace vireo::agent {
namespace {

// An order has a line to itself, without its end.
constexpr size_t kLongestOrder = kLongestLine - 1;

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // nobody is there to be told
    text.remove_prefix(static_cast<size_t>(count));
  }
}

}  // namespace

std::optional<std::string> Link::read() {
  for (;;) {
    if (auto line = lines_.next(kLongestOrder)) return line;
    char piece[512];
    const ssize_t count = ::read(in_, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    lines_.add({piece, static_cast<size_t>(count)});
  }
}

void Link::say(std::string_view word, std::string_view text) {
  std::string line(kMark);
  line += word;
  if (!text.empty()) line.append(" ").append(text);
  if (line.size() > kLongestLine - 1) line.resize(kLongestLine - 1);
  write_all(out_, line + "\n");
  ::tcdrain(out_);  // of a pipe: refused, and needless
}

void Link::say_in_parts(std::string_view word, std::string_view text) {
  const size_t taken = kMark.size() + word.size() + std::string_view(" \n").size();
  for (const std::string& part : cut_at_blanks(text, kLongestLine - taken)) say(word, part);
}

}  // namespace vireo::agent
