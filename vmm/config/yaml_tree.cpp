#include "vmm/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

namespace vireo::config {
namespace {

constexpr size_t kDeepest = 32;
constexpr size_t kMostNodes = 10'000;

// Thrown through yaml-cpp to end the parse; what is wrong is in the diagnostics.
struct Stop {};

// Builds the tree from the parser's events: nothing is expanded, so nothing can explode or loop.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(Node& root, Diagnostics& diagnostics) : root_(root), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ != 0) refuse(mark, "a second document", "a file describes one guest: remove the `---`");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, anchor);
    add({.kind = Node::Kind::kNull, .where = place(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases (*name) are not allowed", "write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, anchor);
    // yaml-cpp gives "!" for quoted scalars, "?" or nothing for plain ones.
    if (tag != "!" && tag != "?" && !tag.empty()) refuse(mark, "tags (" + tag + ") are not allowed", "");
    add({.kind = Node::Kind::kScalar, .where = place(mark), .text = value, .quoted = tag == "!"});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check(mark, anchor);
    open({.kind = Node::Kind::kList, .where = place(mark)});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check(mark, anchor);
    open({.kind = Node::Kind::kMapping, .where = place(mark)});
  }
  void OnMapEnd() override { close(); }

 private:
  // A node being filled, with the key that its next value belongs to.
  struct Level {
    Node node;
    bool have_key = false;
    std::string key;
    Location key_where;
  };

  Location place(const YAML::Mark& mark) const {
    return {.file = diagnostics_.file(), .line = mark.line + 1, .column = mark.column + 1};
  }

  [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& message, const std::string& help) {
    diagnostics_.add(place(mark), message, help);
    throw Stop();
  }

  void check(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      refuse(mark, "anchors (&name) are not allowed", "write the value out where it is used");
    if (levels_.size() > kDeepest) refuse(mark, "nested too deeply", "a guest's file needs no more than 32 levels");
    if (++nodes_ > kMostNodes) refuse(mark, "too many values", "a guest's file needs no more than 10000");
  }

  void open(Node node) {
    if (!levels_.empty() && levels_.back().node.kind == Node::Kind::kMapping && !levels_.back().have_key)
      fail(node.where, "a key must be a word");
    levels_.push_back({.node = std::move(node)});
  }

  void close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    add(std::move(node));
  }

  [[noreturn]] void fail(const Location& where, const std::string& message) {
    diagnostics_.add(where, message);
    throw Stop();
  }

  void add(Node node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == Node::Kind::kList) {
      level.node.items.push_back(std::move(node));
      return;
    }
    if (!level.have_key) {
      if (node.kind != Node::Kind::kScalar) fail(node.where, "a key must be a word");
      level.key = node.text;
      level.key_where = node.where;
      level.have_key = true;
      return;
    }
    add_member(level, std::move(node));
  }

  void add_member(Level& level, Node node) {
    level.have_key = false;
    for (const Node::Member& member : level.node.members) {
      if (member.key != level.key) continue;
      diagnostics_.add(level.key_where, "duplicate key `" + level.key + "`",
                       "it stands in line " + std::to_string(member.where.line) + " already: remove one");
      return;
    }
    level.node.members.push_back({level.key, level.key_where, std::move(node)});
  }

  Node& root_;
  Diagnostics& diagnostics_;
  std::vector<Level> levels_;
  size_t nodes_ = 0;
  unsigned documents_ = 0;
};

}  // namespace

const char* kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kScalar:
      return "a single value";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMapping:
      return "a mapping";
  }
  return "";
}

const Node* Node::find(const std::string& key) const {
  for (const Member& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

Node parse_tree(const std::string& text, Diagnostics& diagnostics) {
  Node root{.kind = Node::Kind::kNull, .where = {diagnostics.file(), 1, 1}};
  TreeBuilder builder(root, diagnostics);
  std::istringstream stream(text);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    // Said already.
  } catch (const YAML::Exception& error) {
    diagnostics.add({diagnostics.file(), error.mark.line + 1, error.mark.column + 1}, "not YAML: " + error.msg);
  }
  return root;
}

}  // namespace vireo::config
