#include "vmm/base/fd.h"

#include <cerrno>

namespace vireo::base {
namespace {

// Append all there is to read; return errno or 0.
int read_all(int fd, std::string& text) {
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return 0;
    text.append(buffer, static_cast<size_t>(count));
  }
}

void trim_newline(std::string& text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
}

}  // namespace

Fd open_file(const std::string& path, int flags, ExitCode code, unsigned mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) throw SystemError(code, "cannot open " + path, errno);
  return fd;
}

std::string read_text(const std::string& path, ExitCode code) {
  const Fd fd = open_file(path, O_RDONLY, code);
  std::string text;
  if (const int error = read_all(fd.get(), text)) throw SystemError(code, "cannot read " + path, error);
  trim_newline(text);
  return text;
}

std::string read_text_or_empty(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!fd || read_all(fd.get(), text) != 0) return {};
  trim_newline(text);
  return text;
}

void write_text(const std::string& path, std::string_view text, ExitCode code) {
  const Fd fd = open_file(path, O_WRONLY, code);
  if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw SystemError(code, "cannot write \"" + std::string(text) + "\" to " + path, errno);
}

}  // namespace vireo::base
