#include "vmm/output_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace vireo {

OutputFile::OutputFile(std::string path) : path_(std::move(path)), unfinished_(path_ + ".XXXXXX") {
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    unfinished_.clear();  // /dev/stdout, a FIFO: nothing is to be replaced
    file_ = base::open_file(path_, O_WRONLY, base::ExitCode::kUsage);
    return;
  }
  file_ = base::Fd(::mkostemp(unfinished_.data(), O_CLOEXEC));
  if (!file_) throw base::SystemError(base::ExitCode::kUsage, "cannot write " + path_, errno, "name another file");
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(file_.get(), 0666 & ~mask);
}

OutputFile::~OutputFile() {
  if (file_ && !unfinished_.empty()) ::unlink(unfinished_.c_str());
}

void OutputFile::write(const std::string& text) {
  const auto fail = [this] {
    throw base::SystemError(base::ExitCode::kRuntime, "cannot write " + path_, errno,
                            "name a file where there is room");
  };
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(file_.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail();
    done += static_cast<size_t>(count);
  }
  if (unfinished_.empty()) return;
  if (::rename(unfinished_.c_str(), path_.c_str()) != 0) fail();
  file_.close();
}

}  // namespace vireo
