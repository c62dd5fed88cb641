#include <fcntl.h>
#include <malloc.h>

#include <cstdio>
#include <string>

#include "vmm/base/error.h"
#include "vmm/base/printable.h"
#include "vmm/base/thread_stacks.h"
#include "vmm/commands.h"

namespace {

void print_error(const vireo::base::Error& error) {
  // A configuration error is complete already: file:line:column and the source line.
  const std::string message = vireo::base::printable_lines(error.what());
  const bool complete = message.find(": error: ") != std::string::npos || message.rfind("error: ", 0) == 0;
  std::fprintf(stderr, "%s%s\n", complete ? "" : "error: ", message.c_str());
  if (!error.help().empty() && message.find("help: ") == std::string::npos)
    std::fprintf(stderr, "help: %s\n", vireo::base::printable_lines(error.help()).c_str());
}

// A standard stream that the caller closed would be the next file that is opened, /dev/kvm as stdout.
void open_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd)
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
}

// No path of ours allocates in several threads at once: a heap of its own for each would only cost memory and calls.
void use_one_heap() {
  constexpr int kGrowth = 256 * 1024;
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_TOP_PAD, kGrowth);
}

}  // namespace

int main(int argc, char** argv) {
  use_one_heap();
  vireo::base::use_small_stacks();
  open_standard_streams();
  try {
    return static_cast<int>(vireo::run_command_line(argc, argv));
  } catch (const vireo::base::Error& error) {
    print_error(error);
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return static_cast<int>(vireo::base::ExitCode::kInternal);
  }
}
