#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vmm/config/config.h"
#include "vmm/config/diagnostics.h"

namespace vireo::config {

// A YAML document as we allow it: a tree of scalars, lists and mappings with their places. No anchors, aliases, tags,
// merge keys, second documents: what yaml-cpp would take silently or loop on.
struct Node {
  enum class Kind { kNull, kScalar, kList, kMapping } kind = Kind::kNull;
  Location where;
  std::string text;         // kScalar
  bool quoted = false;      // kScalar: "010" is a string, 010 is a mistake
  std::vector<Node> items;  // kList
  struct Member;
  std::vector<Member> members;  // kMapping, in the file's order; keys are unique

  const Node* find(const std::string& key) const;
};
struct Node::Member {
  std::string key;
  Location where;
  Node value;
};

const char* kind_name(Node::Kind kind);

// Parse one document. Mistakes go to `diagnostics`. Return the tree, or nothing when its structure is not to be relied
// on; a duplicate key is a mistake that leaves a tree.
std::optional<Node> parse_tree(const std::string& text, Diagnostics& diagnostics);

}  // namespace vireo::config
