#include "vmm/config/document.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "vmm/base/bits.h"
#include "vmm/base/fd.h"

namespace vireo::config {
namespace {

constexpr size_t kEnough = base::kMiB + 1;  // one more than a file may have: parse refuses it

}  // namespace

std::string read_document(const std::string& path) {
  const base::Fd fd = base::open_file(path, O_RDONLY, base::ExitCode::kConfig);
  std::string text;
  char buffer[4096];
  while (text.size() < kEnough) {
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw base::SystemError(base::ExitCode::kConfig, "cannot read " + path, errno);
    if (count == 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

}  // namespace vireo::config
