#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Small reads of sysfs and procfs. What is absent or malformed yields nothing: a host is described as far as it can be.
namespace vireo::host {

bool exists(const std::string& path);

// Return the names in a folder, sorted; empty where there is no such folder.
std::vector<std::string> list_folder(const std::string& path);

// Return the last part of a path.
std::string base_name(const std::string& path);

// Return what a symbolic link says, unresolved; empty where there is none.
std::string link_text(const std::string& path);

// Return the last part of what a symbolic link says: the name of a driver, the number of a group.
std::string link_name(const std::string& path);

// Return the absolute path without links; empty where it does not resolve.
std::string resolved(const std::string& path);

// Read at most `limit` bytes; empty where it cannot be read.
std::string read_bytes(const std::string& path, size_t limit);

// Parse a whole string: decimal, or hexadecimal with 0x.
std::optional<uint64_t> parse_number(std::string_view text);
// Parse a whole string of hexadecimal digits without 0x.
std::optional<uint64_t> parse_hex(std::string_view text);
std::optional<uint64_t> read_number(const std::string& path);

// Split at blanks; nothing is empty.
std::vector<std::string_view> split_words(std::string_view text);
// Split at newlines; empty lines are left out.
std::vector<std::string_view> split_lines(std::string_view text);

}  // namespace vireo::host
