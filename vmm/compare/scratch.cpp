#include "vmm/compare/scratch.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "vmm/base/fd.h"

namespace vireo::compare {

Scratch::Scratch() : path_((std::filesystem::temp_directory_path() / "vireo-compare-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr)
    throw base::SystemError(base::ExitCode::kHost, "mkdtemp " + path_, errno, "name a folder with room: TMPDIR=...");
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_scratch(const std::string& path, std::string_view text) {
  const base::Fd file = base::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, base::ExitCode::kHost, 0600);
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw base::SystemError(base::ExitCode::kHost, "write to " + path, errno, "name a folder with room: TMPDIR=...");
}

}  // namespace vireo::compare
