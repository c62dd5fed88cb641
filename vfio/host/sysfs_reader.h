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

// Return where a symbolic link leads, as text: `..` taken away, no other link followed (sysfs has none on the way to a
// device's folder); empty where there is no link.
std::string link_target(const std::string& path);

// Read an attribute by one read(2), trailing newlines removed; empty where it cannot be read.
// Source: Documentation/filesystems/sysfs.rst: an attribute is at most a page, and comes whole.
std::string read_attribute(const std::string& path);

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
