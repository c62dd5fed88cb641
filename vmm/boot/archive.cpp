#include "vmm/boot/archive.h"

#include <archive_entry.h>

#include "vmm/base/error.h"

namespace vireo::boot {

ArchiveLibrary::ArchiveLibrary(const std::string& purpose) : base::Library("libarchive.so.13") {
  if (!*this)
    throw base::Error(base::ExitCode::kHost, purpose + " needs libarchive, which this host lacks",
                      "apt install libarchive13");
}

template <typename Function, typename... Arguments>
auto ArchiveWriter::call(const char* name, Arguments... arguments) {
  return library_.function<Function>(name)(archive_.get(), arguments...);
}

ArchiveWriter::ArchiveWriter(int file, Settings settings)
    : settings_(std::move(settings)),
      library_(settings_.purpose),
      archive_(library_.function<decltype(::archive_write_new)>("archive_write_new")(),
               library_.function<decltype(::archive_write_free)>("archive_write_free")) {
  if (settings_.format == Format::kIso9660) {
    require(call<decltype(::archive_write_set_format_iso9660)>("archive_write_set_format_iso9660"));
    const std::string label = "iso9660:volume-id=" + settings_.label;
    require(call<decltype(::archive_write_set_options)>("archive_write_set_options", label.c_str()));
  } else {
    require(call<decltype(::archive_write_set_format_cpio_newc)>("archive_write_set_format_cpio_newc"));
  }
  require(call<decltype(::archive_write_open_fd)>("archive_write_open_fd", file));
}

void ArchiveWriter::add_file(const std::string& name, std::string_view contents, unsigned permissions) {
  add(name, contents.size(), AE_IFREG, permissions);
  const auto written = call<decltype(::archive_write_data)>("archive_write_data", contents.data(), contents.size());
  if (written != static_cast<la_ssize_t>(contents.size())) require(ARCHIVE_FATAL);
}

void ArchiveWriter::add_folder(const std::string& name) {
  add(name, 0, AE_IFDIR, 0755);
}

void ArchiveWriter::close() {
  require(call<decltype(::archive_write_close)>("archive_write_close"));
}

void ArchiveWriter::add(const std::string& name, size_t size, unsigned type, unsigned permissions) {
  const std::unique_ptr<archive_entry, decltype(&::archive_entry_free)> entry(
      library_.function<decltype(::archive_entry_new)>("archive_entry_new")(),
      library_.function<decltype(::archive_entry_free)>("archive_entry_free"));
  library_.function<decltype(::archive_entry_set_pathname)>("archive_entry_set_pathname")(entry.get(), name.c_str());
  library_.function<decltype(::archive_entry_set_size)>("archive_entry_set_size")(entry.get(),
                                                                                  static_cast<la_int64_t>(size));
  library_.function<decltype(::archive_entry_set_filetype)>("archive_entry_set_filetype")(entry.get(), type);
  library_.function<decltype(::archive_entry_set_perm)>("archive_entry_set_perm")(entry.get(), permissions);
  require(call<decltype(::archive_write_header)>("archive_write_header", entry.get()));
}

void ArchiveWriter::require(int result) {
  if (result == ARCHIVE_OK) return;
  const char* reason = call<decltype(::archive_error_string)>("archive_error_string");
  throw base::Error(base::ExitCode::kHost,
                    "cannot make " + settings_.what + ": " + (reason == nullptr ? "no memory" : reason),
                    "libarchive writes it by way of a file in $TMPDIR, or /tmp: is there room?");
}

std::string read_uncompressed(const std::string& path, const std::string& purpose) {
  const ArchiveLibrary library(purpose);
  const std::unique_ptr<archive, decltype(&::archive_read_free)> archive(
      library.function<decltype(::archive_read_new)>("archive_read_new")(),
      library.function<decltype(::archive_read_free)>("archive_read_free"));
  const auto require = [&](int result) {
    if (result == ARCHIVE_OK) return;
    const char* reason = library.function<decltype(::archive_error_string)>("archive_error_string")(archive.get());
    throw base::Error(base::ExitCode::kBootImage,
                      "cannot read " + path + ": " + (reason == nullptr ? "no memory" : reason));
  };
  require(
      library.function<decltype(::archive_read_support_filter_all)>("archive_read_support_filter_all")(archive.get()));
  require(
      library.function<decltype(::archive_read_support_format_raw)>("archive_read_support_format_raw")(archive.get()));
  constexpr size_t kBlock = 65536;
  require(library.function<decltype(::archive_read_open_filename)>("archive_read_open_filename")(archive.get(),
                                                                                                 path.c_str(), kBlock));
  archive_entry* entry = nullptr;
  require(library.function<decltype(::archive_read_next_header)>("archive_read_next_header")(archive.get(), &entry));
  const auto read = library.function<decltype(::archive_read_data)>("archive_read_data");
  std::string contents;
  std::string part(kBlock, '\0');
  for (la_ssize_t count = 0; (count = read(archive.get(), part.data(), part.size())) != 0;) {
    if (count < 0) require(ARCHIVE_FATAL);
    contents.append(part, 0, static_cast<size_t>(count));
  }
  return contents;
}

}  // namespace vireo::boot
