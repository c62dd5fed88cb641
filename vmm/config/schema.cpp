#include "vmm/config/schema.h"

#include <algorithm>

#include "vmm/config/units.h"

namespace vireo::config {
namespace {

constexpr size_t kLongestName = 64;
constexpr const char* kDigits = "0123456789";

// Linux takes line ends in a command line or a path literally; nobody means that.
bool has_control_character(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

std::string size_help(const std::string& text) {
  const size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
  const std::string count = text.substr(0, digits);
  if (count.empty()) return "a number and a unit: 512MiB, 16GiB";
  if (count[0] == '0') return "a number without leading zeros, and a unit: 512MiB, 16GiB";
  if (digits == text.size()) {
    const auto bytes = parse_number(count);
    if (bytes && *bytes >= base::kMiB && *bytes % base::kMiB == 0) return "write the unit: " + format_size(*bytes);
    return "write the unit: " + count + "MiB or " + count + "GiB";
  }
  const size_t unit = text.find_first_not_of(' ', digits);
  const size_t which = unit == std::string::npos ? std::string::npos : std::string("kKmMgGtT").find(text[unit]);
  if (which == std::string::npos) return "a whole number and KiB, MiB, GiB or TiB: 512MiB, 16GiB";
  return "units are powers of 1024: " + count + "KMGT"[which / 2] + "iB";
}

}  // namespace

std::string comma_separated(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

void refuse_kind(const Node& node, const std::string& what, const std::string& wanted, const std::string& help,
                 Diagnostics& diagnostics) {
  diagnostics.add(node.where, what + " must be " + wanted + ", this is " + kind_name(node.kind), help);
}

std::string refuse_key(const Node::Member& member, const std::string& what, const std::vector<std::string>& names,
                       Diagnostics& diagnostics) {
  std::string near = nearest(member.key, names);
  const std::string help = near.empty() ? "known keys: " + comma_separated(names) : "did you mean `" + near + "`?";
  diagnostics.add(member.where, "unknown key " + quoted(member.key) + " in " + what, help);
  return near;
}

bool require_scalar(const Node& node, Diagnostics& diagnostics) {
  if (node.kind == Node::Kind::kScalar) return true;
  if (node.kind == Node::Kind::kNull)
    diagnostics.add(node.where, "the value is missing", "write it, or remove the key");
  else
    refuse_kind(node, "the value", "a single one", "", diagnostics);
  return false;
}

void read_text(const Node& node, std::string& target, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  std::string text = node.text;
  while (text.ends_with('\n')) text.pop_back();  // the end of a block scalar: `cmdline: >`
  if (has_control_character(text))
    return diagnostics.add(node.where, "line ends and control characters are not allowed here",
                           "`>` joins lines by spaces, `|` keeps them");
  target = std::move(text);
}

// Relative paths are relative to the file's folder, so that a file means the same from everywhere.
void read_path(const Node& node, std::string& target, Diagnostics& diagnostics) {
  std::string path;
  read_text(node, path, diagnostics);
  if (path.empty()) {
    if (node.kind == Node::Kind::kScalar && node.text.empty()) diagnostics.add(node.where, "a path is wanted here");
    return;
  }
  const size_t slash = node.where.file.rfind('/');
  const bool relative = path[0] != '/' && slash != std::string::npos;
  target = relative ? node.where.file.substr(0, slash + 1) + path : path;
}

void read_boolean(const Node& node, bool& target, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  if (node.quoted || (node.text != "true" && node.text != "false"))
    return diagnostics.add(node.where, quoted(node.text) + " is neither true nor false",
                           "write true or false, without quotes");
  target = node.text == "true";
}

void read_size(const Node& node, uint64_t& target, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  const auto size = parse_size(node.text);
  if (!size) return diagnostics.add(node.where, quoted(node.text) + " is not a size", size_help(node.text));
  target = *size;
}

void read_number(const Node& node, const NumberRange& range, uint64_t& target, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  const auto number = parse_number(node.text);
  if (number && !node.quoted && *number >= range.least && *number <= range.most) {
    target = *number;
    return;
  }
  const std::string limits = std::to_string(range.least) + " to " + std::to_string(range.most);
  diagnostics.add(node.where, quoted(node.text) + " is not a number from " + limits,
                  "a plain decimal number, without quotes or leading zeros");
}

void read_name(const Node& node, std::string& target, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  constexpr const char* kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (node.text.empty() || node.text.size() > kLongestName ||
      node.text.find_first_not_of(kAllowed) != std::string::npos)
    return diagnostics.add(node.where, quoted(node.text) + " is not a name",
                           "1 to 64 letters, digits, dots, dashes, underscores");
  target = node.text;
}

}  // namespace vireo::config
