#include "vfio/host/journal.h"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "vfio/host/claim.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

using base::ExitCode;
using base::SystemError;

// The start time tells apart two processes that got the same number: proc(5), field 22 of stat.
std::string process_name(int64_t pid) {
  const std::string stat = read_attribute("/proc/self/stat");
  const auto words = split_words(std::string_view(stat).substr(std::min(stat.rfind(')') + 1, stat.size())));
  return std::to_string(pid) + "-" + (words.size() > 19 ? std::string(words[19]) : std::string("0"));
}

uint64_t nanoseconds_since_boot() {
  timespec now = {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void write_through(const std::string& path, const std::string& text) {
  const base::Fd fd = base::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, ExitCode::kHost, 0600);
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(fd.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw SystemError(ExitCode::kHost, "cannot write " + path, errno);
    done += static_cast<size_t>(count);
  }
  if (::fsync(fd.get()) != 0) throw SystemError(ExitCode::kHost, "fsync of " + path, errno);
}

// A rename is on the medium when its folder is.
void sync_folder_of(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/'));
  const base::Fd fd = base::open_file(folder, O_RDONLY | O_DIRECTORY);
  if (::fsync(fd.get()) != 0) throw SystemError(ExitCode::kHost, "fsync of " + folder, errno);
}

void remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    throw SystemError(ExitCode::kHost, "cannot remove " + path, errno);
}

}  // namespace

std::string boot_id(const HostRoot& root) {
  return read_attribute(root.proc() + "/sys/kernel/random/boot_id");
}

std::string journal_lock_path(const std::string& path) {
  return path.substr(0, path.rfind('.')) + ".lock";
}

void store_journal(const std::string& path, const JournalRecord& record) {
  if (record.steps.empty()) {
    // In this order: a journal without its lock is one of the dead, and has nothing to undo any more.
    remove_file(path);
    remove_file(journal_lock_path(path));
    return;
  }
  const std::string fresh = path.substr(0, path.rfind('.')) + ".new";
  write_through(fresh, to_text(record));
  if (::rename(fresh.c_str(), path.c_str()) != 0) throw SystemError(ExitCode::kHost, "cannot rename to " + path, errno);
  sync_folder_of(path);
}

Journal::Journal(const HostRoot& root, const std::string& guest)
    : record_{
          .boot = boot_id(root), .pid = ::getpid(), .guest = guest, .created = nanoseconds_since_boot(), .steps = {}} {
  // A process may have several claims.
  const std::string stem = journal_folder(root) + "/" + process_name(record_.pid);
  for (unsigned number = 0; !lock_; ++number) {
    path_ = stem;
    if (number != 0) path_.append(".").append(std::to_string(number));
    path_ += ".json";
    // One that this process could not undo stays for restore().
    if (!exists(path_)) lock_ = FileLock::try_take(journal_lock_path(path_));
  }
}

void Journal::add(Step step) {
  record_.steps.push_back(std::move(step));
  store_journal(path_, record_);
}

void Journal::keep(std::vector<Step> steps) {
  record_.steps = std::move(steps);
  store_journal(path_, record_);
}

}  // namespace vireo::host
