#include "vmm/boot/firmware.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "vmm/boot/image_file.h"
#include "vmm/platform/memory_map.h"

namespace vireo::boot {
namespace {

constexpr uint64_t kLargest = platform::kHighRamStart.value() - platform::kFirmwareStart.value();
constexpr uint64_t kResetVector = 16;  // before the end. Intel SDM volume 3, 10.1.4

ImageFile open_image(const std::string& what, const std::string& path) {
  ImageFile image(what, path);
  if (image.size() % base::kPageSize != 0 || image.size() > kLargest)
    throw image.error("not a firmware image: it has " + std::to_string(image.size()) +
                          " bytes, not 4 KiB pages of at most " + std::to_string(kLargest / base::kMiB) + " MiB",
                      "set boot.firmware to seabios, ovmf, or the path of an image as QEMU takes it");
  return image;
}

ImageFile open_code(const std::string& path) {
  ImageFile image = open_image("firmware", path);
  const auto first = image.read_object<std::array<uint8_t, kResetVector>>(image.size() - kResetVector);
  if (first[0] == 0x00 || first[0] == 0xff)
    throw image.error("not a firmware image: a CPU would find no instruction at its reset vector",
                      "set boot.firmware to seabios, ovmf, or the path of an image as QEMU takes it");
  return image;
}

base::Mapping copy_of(const ImageFile& image) {
  base::Mapping mapping({.size = image.size(), .flags = MAP_PRIVATE | MAP_ANONYMOUS}, "firmware");
  image.read(0, {mapping.data(), image.size()});
  return mapping;
}

base::Error cannot_write(const std::string& path, int number) {
  return {base::ExitCode::kHost, "firmware variables " + path + ": cannot be written: " + base::errno_text(number),
          "set boot.vars to a file in a folder that this user may write to"};
}

// A file that is half written never has the name.
void make_variables(const FirmwareFiles& files) {
  const base::Mapping content = copy_of(open_image("firmware variables", files.variables_template));
  const std::string fresh = files.variables + ".new";
  const base::Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) throw cannot_write(fresh, errno);
  const ssize_t written = ::write(file.get(), content.data(), content.size());
  if (written != static_cast<ssize_t>(content.size()) || ::fsync(file.get()) < 0 ||
      ::rename(fresh.c_str(), files.variables.c_str()) < 0) {
    const int number = written >= 0 && written < static_cast<ssize_t>(content.size()) ? ENOSPC : errno;
    ::unlink(fresh.c_str());
    throw cannot_write(files.variables, number);
  }
}

void map_variables(const FirmwareFiles& files, Firmware& firmware) {
  if (::access(files.variables.c_str(), F_OK) < 0) make_variables(files);
  const uint64_t size = open_image("firmware variables", files.variables).size();
  firmware.lock = base::Fd(::open(files.variables.c_str(), O_RDWR | O_CLOEXEC));
  if (!firmware.lock) throw cannot_write(files.variables, errno);
  if (::flock(firmware.lock.get(), LOCK_EX | LOCK_NB) < 0)
    throw base::Error(base::ExitCode::kHost, "firmware variables " + files.variables + ": another guest has them",
                      "give each guest a file of its own: boot.vars");
  firmware.variables = base::Mapping({.size = size, .fd = firmware.lock.get()}, files.variables);
}

}  // namespace

FirmwareFiles firmware_files(const std::string& firmware, const std::string& variables) {
  if (firmware == "seabios")
    return {.code = "/usr/share/seabios/bios-256k.bin", .variables = variables, .package = "seabios"};
  if (firmware == "ovmf")
    return {.code = "/usr/share/OVMF/OVMF_CODE_4M.fd",
            .variables = variables,
            .variables_template = "/usr/share/OVMF/OVMF_VARS_4M.fd",
            .package = "ovmf"};
  return {.code = firmware, .variables = variables};
}

uint64_t check_firmware(const FirmwareFiles& files) {
  for (const std::string& file : {files.code, files.variables_template})
    if (!files.package.empty() && !file.empty() && ::access(file.c_str(), F_OK) < 0)
      throw base::Error(base::ExitCode::kBootImage, "firmware " + file + ": there is no such file",
                        "apt install " + files.package);
  uint64_t size = open_code(files.code).size();
  const bool made = files.variables.empty() || ::access(files.variables.c_str(), F_OK) < 0;
  if (made && files.variables_template.empty() && !files.variables.empty())
    throw base::Error(base::ExitCode::kBootImage, "firmware variables " + files.variables + ": there is no such file",
                      "copy the firmware's own, which it came with: OVMF_VARS_4M.fd");
  const std::string& variables = made ? files.variables_template : files.variables;
  if (!variables.empty()) size += open_image("firmware variables", variables).size();
  if (size > kLargest)
    throw base::Error(base::ExitCode::kBootImage,
                      "firmware " + files.code + ": with its variables it is larger than " +
                          std::to_string(kLargest / base::kMiB) + " MiB",
                      "use an image of 4 MiB");
  return 0;
}

Firmware open_firmware(const FirmwareFiles& files) {
  Firmware firmware{.code = copy_of(open_code(files.code)), .variables = {}, .lock = {}};
  if (!files.variables.empty())
    map_variables(files, firmware);
  else if (!files.variables_template.empty())
    firmware.variables = copy_of(open_image("firmware variables", files.variables_template));
  return firmware;
}

}  // namespace vireo::boot
