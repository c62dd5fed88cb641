#pragma once

#include <functional>
#include <string>
#include <vector>

#include "vmm/config/yaml_tree.h"

namespace vireo::config {

// A key of a mapping: what a person may write there. Parser, messages and JSON Schema come from the same rows.
template <typename Target>
struct Key {
  const char* name;
  bool required;
  const char* schema;  // the value's JSON Schema, without its description
  const char* help;    // one line, for the schema
  std::function<void(const Node& value, Target& target, Diagnostics& diagnostics)> read;
};

// Read a mapping by its keys: unknown and missing keys are mistakes.
template <typename Target>
void read_mapping(const Node& node, const std::vector<Key<Target>>& keys, Target& target, Diagnostics& diagnostics,
                  const std::string& what) {
  if (node.kind != Node::Kind::kMapping) {
    diagnostics.add(node.where, what + " must be a mapping, this is " + kind_name(node.kind));
    return;
  }
  std::vector<std::string> names;
  for (const Key<Target>& key : keys) names.push_back(key.name);
  for (const Node::Member& member : node.members) {
    bool known = false;
    for (const Key<Target>& key : keys) {
      if (member.key != key.name) continue;
      key.read(member.value, target, diagnostics);
      known = true;
    }
    if (known) continue;
    const std::string near = nearest(member.key, names);
    std::string help = near.empty() ? "known keys:" : "did you mean `" + near + "`?";
    if (near.empty())
      for (const std::string& name : names) help += " " + name;
    diagnostics.add(member.where, "unknown key `" + member.key + "` in " + what, help);
  }
  for (const Key<Target>& key : keys)
    if (key.required && node.find(key.name) == nullptr)
      diagnostics.add(node.where, what + " lacks `" + std::string(key.name) + "`", key.help);
}

// The mapping's JSON Schema, one line a key.
template <typename Target>
std::string mapping_schema(const std::vector<Key<Target>>& keys) {
  std::string properties;
  std::string required;
  for (const Key<Target>& key : keys) {
    properties += (properties.empty() ? "" : ",") + std::string("\"") + key.name + "\":{\"description\":\"" + key.help +
                  "\"," + key.schema + "}";
    if (key.required) required += (required.empty() ? "" : ",") + std::string("\"") + key.name + "\"";
  }
  return R"("type":"object","additionalProperties":false,"required":[)" + required + "],\"properties\":{" + properties +
         "}";
}

// Values. A mistake leaves the target as it is.
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
