#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace vireo::boot {

// What libarchive finds in an archive's bytes: files by name.
inline std::map<std::string, std::string> archived_files(const std::string& image) {
  std::map<std::string, std::string> found;
  archive* reader = ::archive_read_new();
  ::archive_read_support_format_all(reader);
  EXPECT_EQ(::archive_read_open_memory(reader, image.data(), image.size()), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (::archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    if (::archive_entry_filetype(entry) != AE_IFREG) continue;
    std::string text(static_cast<size_t>(::archive_entry_size(entry)), '\0');
    EXPECT_EQ(::archive_read_data(reader, text.data(), text.size()), static_cast<la_ssize_t>(text.size()));
    found.emplace(::archive_entry_pathname(entry), text);
  }
  ::archive_read_free(reader);
  return found;
}

}  // namespace vireo::boot
