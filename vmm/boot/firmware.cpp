#include "vmm/boot/firmware.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "vmm/boot/image_file.h"
#include "vmm/platform/memory_map.h"

namespace vireo::boot {
namespace {

constexpr uint64_t kLargest = platform::kHighRamStart.value() - platform::kFirmwareStart.value();
constexpr uint64_t kResetVector = 16;  // before the end. Intel SDM volume 3, 10.1.4
constexpr const char* kHelp = "set boot.firmware to seabios, ovmf, or the path of an image as QEMU takes it";

ImageFile open_code(const std::string& path, uint64_t variables_size) {
  ImageFile image("firmware", path);
  if (image.size() % base::kPageSize != 0 || image.size() > kLargest - std::min(variables_size, kLargest))
    throw image.error("not a firmware image: it has " + std::to_string(image.size()) +
                          " bytes, not 4 KiB pages of at most " + std::to_string(kLargest / base::kMiB) +
                          " MiB with its variables",
                      kHelp);
  const auto first = image.read_object<std::array<uint8_t, kResetVector>>(image.size() - kResetVector);
  if (first[0] == 0x00 || first[0] == 0xff)
    throw image.error("not a firmware image: a CPU would find no instruction at its reset vector", kHelp);
  return image;
}

}  // namespace

FirmwareFiles firmware_files(const std::string& firmware, const std::string& variables) {
  if (firmware == "seabios") return {.code = "/usr/share/seabios/bios-256k.bin", .variables = {}, .package = "seabios"};
  if (firmware == "ovmf")
    return {.code = "/usr/share/OVMF/OVMF_CODE_4M.fd",
            .variables = {.path = variables, .original = "/usr/share/OVMF/OVMF_VARS_4M.fd"},
            .package = "ovmf"};
  return {.code = firmware, .variables = {.path = variables, .original = {}}, .package = {}};
}

void check_firmware(const FirmwareFiles& files, uint64_t variables_size) {
  if (!files.package.empty() && ::access(files.code.c_str(), F_OK) < 0)
    throw base::Error(base::ExitCode::kBootImage, "firmware " + files.code + ": there is no such file",
                      "apt install " + files.package);
  open_code(files.code, variables_size);
}

Firmware open_firmware(const FirmwareFiles& files) {
  Firmware firmware{.code = {}, .variables = open_variables(files.variables)};
  const ImageFile image = open_code(files.code, firmware.variables.bytes.size());
  firmware.code = base::Mapping({.size = image.size(), .flags = MAP_PRIVATE | MAP_ANONYMOUS}, "firmware");
  image.read(0, {firmware.code.data(), image.size()});
  return firmware;
}

}  // namespace vireo::boot
