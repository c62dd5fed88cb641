#include "vmm/boot/firmware_variables.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "vmm/base/log.h"
#include "vmm/boot/image_file.h"

namespace vireo::boot {
namespace {

// UEFI PI 1.8 volume 3, 3.2.1: the firmware volume that the variables are in says so here.
constexpr uint64_t kSignatureOffset = 40;
constexpr std::array<char, 4> kSignature{'_', 'F', 'V', 'H'};

ImageFile open_image(const std::string& path) {
  ImageFile image("firmware variables", path, "boot.vars");
  if (image.size() % base::kPageSize != 0 || image.read_object<std::array<char, 4>>(kSignatureOffset) != kSignature)
    throw image.error("these are no UEFI variables", "set boot.vars to a new file, or to a copy of OVMF_VARS_4M.fd");
  return image;
}

base::Error cannot_write(const std::string& path, int number) {
  return {base::ExitCode::kBootImage, "firmware variables " + path + ": cannot be written: " + base::errno_text(number),
          "set boot.vars to a file in a folder that this user may write to"};
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

base::Mapping copy_of(const ImageFile& image) {
  base::Mapping mapping({.size = image.size(), .flags = MAP_PRIVATE | MAP_ANONYMOUS}, "firmware variables");
  image.read(0, {mapping.data(), image.size()});
  return mapping;
}

int write_all(const base::Fd& file, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return ::fsync(file.get()) < 0 ? errno : 0;
}

// Return an errno; a file that has the name keeps it. FAT, say, has no links.
int give_name(const std::string& file, const std::string& name) {
  if (::link(file.c_str(), name.c_str()) == 0 || errno == EEXIST) return 0;
  if (errno != EPERM && errno != EOPNOTSUPP) return errno;
  return ::renameat2(AT_FDCWD, file.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) < 0 && errno != EEXIST ? errno
                                                                                                              : 0;
}

// The name appears with the whole content, and never in place of a file that came first.
void make_file(const VariablesFiles& files) {
  const base::Mapping content = copy_of(open_image(files.original));
  std::string fresh = files.path + ".XXXXXX";
  const base::Fd file(::mkostemp(fresh.data(), O_CLOEXEC));
  if (!file) throw cannot_write(files.path, errno);
  int failure = write_all(file, {content.data(), content.size()});
  if (failure == 0) failure = give_name(fresh, files.path);
  ::unlink(fresh.c_str());
  if (failure != 0) throw cannot_write(files.path, failure);
  const base::Fd folder(::open(folder_of(files.path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
}

void check_size(const VariablesFiles& files, const ImageFile& image) {
  if (files.original.empty()) return;
  const uint64_t wanted = open_image(files.original).size();
  if (image.size() != wanted)
    throw image.error(
        "it has " + std::to_string(image.size()) + " bytes, this firmware's variables have " + std::to_string(wanted),
        "set boot.vars to a new file, or to a copy of " + files.original);
}

}  // namespace

uint64_t check_variables(const VariablesFiles& files) {
  if (files.path.empty() && files.original.empty()) return 0;
  if (files.path.empty()) return open_image(files.original).size();
  if (exists(files.path)) {
    const ImageFile image = open_image(files.path);
    check_size(files, image);
    if (::access(files.path.c_str(), W_OK) < 0) throw cannot_write(files.path, errno);
    return image.size();
  }
  if (files.original.empty())
    throw base::Error(base::ExitCode::kBootImage, "firmware variables " + files.path + ": there is no such file",
                      "copy the firmware's own, which it came with");
  if (::access(folder_of(files.path).c_str(), W_OK) < 0) throw cannot_write(files.path, errno);
  return open_image(files.original).size();
}

Variables open_variables(const VariablesFiles& files) {
  if (files.path.empty() && files.original.empty()) return {};
  if (files.path.empty()) return {.bytes = copy_of(open_image(files.original)), .file = {}};
  if (!exists(files.path)) make_file(files);
  Variables variables;
  variables.file = base::Fd(::open(files.path.c_str(), O_RDWR | O_CLOEXEC));
  if (!variables.file) throw cannot_write(files.path, errno);
  if (::flock(variables.file.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno != EWOULDBLOCK) throw cannot_write(files.path, errno);
    throw base::Error(base::ExitCode::kBootImage, "firmware variables " + files.path + ": another guest has them",
                      "give each guest a file of its own: boot.vars");
  }
  const ImageFile image = open_image(files.path);
  check_size(files, image);
  // A store of the guest's to a hole on a full disk would end vireo by SIGBUS.
  if (const int failure = ::posix_fallocate(variables.file.get(), 0, static_cast<off_t>(image.size())); failure != 0)
    throw cannot_write(files.path, failure);
  variables.bytes = base::Mapping({.size = image.size(), .fd = variables.file.get()}, files.path);
  return variables;
}

void sync_variables(const Variables& variables) noexcept {
  if (!variables.file) return;
  if (::msync(variables.bytes.data(), variables.bytes.size(), MS_SYNC) < 0)
    spdlog::warn("the firmware's variables may not be on the disk: {}", base::errno_text(errno));
}

}  // namespace vireo::boot
