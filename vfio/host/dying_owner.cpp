#include "vfio/host/dying_owner.h"

#include <poll.h>
#include <sys/syscall.h>

#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

// Linux include/linux/sched.h: set before a process closes its files.
constexpr uint64_t kExiting = 0x4;

// proc(5), /proc/PID/stat: state and flags are the first and the seventh field after the name in parentheses.
bool is_dying(const std::string& pid, const HostRoot& root) {
  constexpr size_t kFlags = 6;
  const std::string stat = read_attribute(root.proc() + "/" + pid + "/stat");
  const size_t end = stat.rfind(')');
  if (end == std::string::npos) return false;
  const auto words = split_words(std::string_view(stat).substr(end + 1));
  if (words.size() <= kFlags) return false;
  return words[0] == "Z" || words[0] == "X" || (parse_number(words[kFlags]).value_or(0) & kExiting) != 0;
}

}  // namespace

void await_dying_owner(const std::string& journal_path, const HostRoot& root) {
  constexpr int kMost = 10'000;  // milliseconds: one that hangs in a device's reset is left for later
  const std::string name = base_name(journal_path);
  const std::string pid = name.substr(0, name.find('-'));
  const auto number = parse_number(pid);
  if (!number || !is_dying(pid, root)) return;
  const base::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(*number), 0)));
  if (!process) return;
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  ::poll(&ended, 1, kMost);
}

}  // namespace vireo::host
