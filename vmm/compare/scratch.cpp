#include "vmm/compare/scratch.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "vmm/base/error.h"

namespace vireo::compare {

Scratch::Scratch() : path_((std::filesystem::temp_directory_path() / "vireo-compare-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr)
    throw base::SystemError(base::ExitCode::kHost, "mkdtemp " + path_, errno, "name a folder with room: TMPDIR=...");
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace vireo::compare
