#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vmm/config/yaml_tree.h"

namespace vireo::config {

// A key of a mapping: what a person may write there. Parser, messages and JSON Schema come from the same rows.
template <typename Target>
struct Key {
  const char* name;
  bool required;
  const char* schema;  // the value's JSON Schema, without braces and description
  const char* help;    // one line, for the schema and for who left it out
  void (*read)(const Node& value, Target& target, Diagnostics& diagnostics);
};

// The tables of keys are constants: nothing is built at start.
template <typename Target>
using Keys = std::span<const Key<Target>>;

// A value of the wrong kind. `wanted`: "a mapping".
void refuse_kind(const Node& node, const std::string& what, const std::string& wanted, const std::string& help,
                 Diagnostics& diagnostics);
// An unknown key. Return the key that was meant, or nothing.
std::string refuse_key(const Node::Member& member, const std::string& what, const std::vector<std::string>& names,
                       Diagnostics& diagnostics);
std::string comma_separated(const std::vector<std::string>& names);

template <typename Target>
const Key<Target>* find_key(Keys<Target> keys, const std::string& name) {
  for (const Key<Target>& key : keys)
    if (name == key.name) return &key;
  return nullptr;
}

template <typename Target>
std::vector<std::string> names_of(Keys<Target> keys) {
  std::vector<std::string> names;
  for (const Key<Target>& key : keys) names.emplace_back(key.name);
  return names;
}

// Read a mapping by its keys: unknown and missing keys are mistakes. `what` begins the messages: "a root port".
template <typename Target>
void read_mapping(const Node& node, Keys<Target> keys, Target& target, Diagnostics& diagnostics,
                  const std::string& what) {
  if (node.kind != Node::Kind::kMapping)
    return refuse_kind(node, what, "a mapping", "its keys: " + comma_separated(names_of(keys)), diagnostics);
  std::vector<std::string> meant;
  for (const Node::Member& member : node.members) {
    if (const Key<Target>* key = find_key(keys, member.key))
      key->read(member.value, target, diagnostics);
    else
      meant.push_back(refuse_key(member, what, names_of(keys), diagnostics));
  }
  for (const Key<Target>& key : keys) {
    const bool misspelled = std::find(meant.begin(), meant.end(), key.name) != meant.end();
    if (key.required && !misspelled && node.find(key.name) == nullptr)
      diagnostics.add(node.where, what + " lacks `" + key.name + "`", key.help);
  }
}

// The mapping's JSON Schema without braces, one line a key.
template <typename Target>
std::string mapping_schema(Keys<Target> keys) {
  std::string properties;
  std::string required;
  for (const Key<Target>& key : keys) {
    properties.append(properties.empty() ? "\n  \"" : ",\n  \"").append(key.name).append(R"(":{"description":")");
    properties.append(key.help).append("\",").append(key.schema).append("}");
    if (key.required) required.append(required.empty() ? "\"" : ",\"").append(key.name).append("\"");
  }
  std::string schema = R"("type":"object","additionalProperties":false,"required":[)";
  return schema.append(required).append("],\"properties\":{").append(properties).append("}");
}

// What several tables say of a value.
inline constexpr const char* kTextSchema = R"("type":"string")";
inline constexpr const char* kNameSchema = R"("type":"string","pattern":"^[A-Za-z0-9._-]{1,64}$")";
inline constexpr const char* kSizeSchema = R"("type":"string","pattern":"^[1-9][0-9]*(KiB|MiB|GiB|TiB)$")";
inline constexpr const char* kMacSchema =
    R"("type":"string","pattern":"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$")";
inline constexpr const char* kBooleanSchema = R"("type":"boolean")";

// Values. A mistake leaves the target as it is.
bool require_scalar(const Node& node, Diagnostics& diagnostics);
void read_text(const Node& node, std::string& target, Diagnostics& diagnostics);
void read_path(const Node& node, std::string& target, Diagnostics& diagnostics);
void read_boolean(const Node& node, bool& target, Diagnostics& diagnostics);
void read_size(const Node& node, uint64_t& target, Diagnostics& diagnostics);
struct NumberRange {
  uint64_t least;
  uint64_t most;
};
void read_number(const Node& node, const NumberRange& range, uint64_t& target, Diagnostics& diagnostics);
void read_name(const Node& node, std::string& target, Diagnostics& diagnostics);

}  // namespace vireo::config
