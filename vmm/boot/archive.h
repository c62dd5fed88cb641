#pragma once

#include <archive.h>

#include <memory>
#include <string>
#include <string_view>

#include "vmm/base/library.h"

namespace vireo::boot {

// libarchive, opened only by those who need it.
class ArchiveLibrary : public base::Library {
 public:
  // Errors: base::Error (kHost), where the host lacks it; `purpose` begins the message: "cloud_init".
  explicit ArchiveLibrary(const std::string& purpose);
};

// A file that libarchive writes, by way of open file `file`.
class ArchiveWriter {
 public:
  enum class Format { kIso9660, kCpio };
  // `what` is what becomes of it, for messages: "cloud-init's disk". `label`: of an ISO 9660 image.
  struct Settings {
    Format format = Format::kIso9660;
    std::string purpose;
    std::string what;
    std::string label;
  };
  // Errors: base::Error (kHost), here and below: no library, or no room.
  ArchiveWriter(int file, Settings settings);

  void add_file(const std::string& name, std::string_view contents, unsigned permissions = 0444);
  void add_folder(const std::string& name);
  void close();

 private:
  template <typename Function, typename... Arguments>
  auto call(const char* name, Arguments... arguments);
  void add(const std::string& name, size_t size, unsigned type, unsigned permissions);
  void require(int result);

  Settings settings_;
  ArchiveLibrary library_;
  std::unique_ptr<archive, decltype(&::archive_write_free)> archive_;
};

// Return what a file holds, uncompressed where it is compressed by gzip, xz, zstd or the like.
// Errors: base::Error (kBootImage), where it cannot be read.
std::string read_uncompressed(const std::string& path, const std::string& purpose);

}  // namespace vireo::boot
