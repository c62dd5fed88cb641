#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vireo::boot {

// A file that the guest has besides.
struct InitramfsFile {
  std::string name;    // in the guest, without the first slash: "fio/lib/libc.so.6"
  std::string source;  // on the host
};

// A guest whose first and only program is `init`, statically linked, which loads what /modules/order names.
struct InitramfsSettings {
  std::span<const uint8_t> init;
  std::string modules;              // a folder with modules.dep and modules.builtin in it
  std::vector<std::string> wanted;  // names of modules: "nvme", "virtio_blk"
  std::vector<InitramfsFile> files = {};
};

// Return the wanted modules' files and those that they need, in the order of loading; none for what is built in.
// Source: modules.dep(5): a module's line names all that it needs, the first to load last.
// Errors: base::Error (kBootImage), where the folder has no modules.dep, or not the module.
std::vector<std::string> modules_to_load(const std::string& folder, const std::vector<std::string>& wanted);

// Return the module that a device's alias asks for: "pci:v00008086d000010D3sv...".
// Source: modules.alias(5), Documentation/driver-api/driver-model/overview.rst.
// Errors: base::Error (kBootImage), where the folder has none.
std::string module_for(const std::string& folder, const std::string& alias);

// Write such a guest's initramfs to the file `path`: /init, /modules/order and /modules/*.ko, uncompressed, and the
// files, which may be run. Source: Documentation/driver-api/early-userspace/buffer-format.rst. Errors: base::Error
// (kBootImage) as above, or where a module cannot be read; (kHost) without libarchive or room.
void write_initramfs(const InitramfsSettings& settings, const std::string& path);

}  // namespace vireo::boot
