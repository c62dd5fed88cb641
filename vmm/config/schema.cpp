#include "vmm/config/schema.h"

#include "vmm/config/units.h"

namespace vireo::config {
namespace {

bool require_scalar(const Node& node, Diagnostics& diagnostics) {
  if (node.kind == Node::Kind::kScalar) return true;
  diagnostics.add(node.where, std::string("a single value is wanted here, this is ") + kind_name(node.kind));
  return false;
}

std::string size_help(const std::string& text) {
  if (text.find_first_not_of("0123456789") == std::string::npos)
    return "write the unit: " + text + "MiB or " + text + "GiB";
  if (text.size() > 2 && (text.ends_with("MB") || text.ends_with("GB") || text.ends_with("KB") || text.ends_with("TB")))
    return "units are powers of 1024: " + text.substr(0, text.size() - 1) + "iB";
  return "a number and a unit: 512MiB, 16GiB";
}

}  // namespace

void read_text(const Node& node, std::string& target, Diagnostics& diagnostics) {
  if (require_scalar(node, diagnostics)) target = node.text;
}

// Relative paths are relative to the file's folder, so that a file means the same from everywhere.
void read_path(const Node& node, std::string& target, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  if (node.text.empty()) return diagnostics.add(node.where, "a path is wanted here");
  const size_t slash = node.where.file.rfind('/');
  const bool relative = node.text[0] != '/' && slash != std::string::npos;
  target = relative ? node.where.file.substr(0, slash + 1) + node.text : node.text;
}

void read_boolean(const Node& node, bool& target, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  if (node.quoted || (node.text != "true" && node.text != "false"))
    return diagnostics.add(node.where, "`" + node.text + "` is neither true nor false", "write true or false");
  target = node.text == "true";
}

void read_size(const Node& node, uint64_t& target, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  const auto size = parse_size(node.text);
  if (!size) return diagnostics.add(node.where, "`" + node.text + "` is not a size", size_help(node.text));
  target = *size;
}

void read_number(const Node& node, const NumberRange& range, uint64_t& target, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  const auto number = parse_number(node.text);
  if (number && !node.quoted && *number >= range.least && *number <= range.most) {
    target = *number;
    return;
  }
  diagnostics.add(
      node.where,
      "`" + node.text + "` is not a number from " + std::to_string(range.least) + " to " + std::to_string(range.most),
      "a plain decimal number, without quotes or leading zeros");
}

void read_name(const Node& node, std::string& target, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  constexpr const char* kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (node.text.empty() || node.text.size() > 64 || node.text.find_first_not_of(kAllowed) != std::string::npos)
    return diagnostics.add(node.where, "`" + node.text + "` is not a name",
                           "1 to 64 letters, digits, dots, dashes, underscores");
  target = node.text;
}

}  // namespace vireo::config
