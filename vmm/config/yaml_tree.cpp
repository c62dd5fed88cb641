#include "vmm/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "vmm/config/text_check.h"

namespace vireo::config {
namespace {

constexpr size_t kDeepest = 32;
constexpr size_t kMostNodes = 10'000;

// Thrown through yaml-cpp to end the parse; what is wrong is in the diagnostics.
struct Stop {};

// Builds the tree from the parser's events: nothing is expanded, so nothing can explode or loop.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& text, Node& root, Diagnostics& diagnostics)
      : text_(text), root_(root), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ != 0)
      refuse(place(mark), "a second document begins here", "a file describes one guest: one `---`");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "", anchor);
    add({.kind = Node::Kind::kNull, .where = place(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(place(mark), "aliases (*name) are not allowed", "write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool quoted = tag == "!";
    check(mark, tag, anchor);
    if (quoted) check_quote(mark);
    add({.kind = Node::Kind::kScalar, .where = place(mark), .text = value, .quoted = quoted});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check(mark, tag, anchor);
    open({.kind = Node::Kind::kList, .where = place(mark)});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check(mark, tag, anchor);
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

  [[noreturn]] void refuse(const Location& where, const std::string& message, const std::string& help) {
    diagnostics_.add(where, message, help);
    throw Stop();
  }

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      refuse(place(mark), "anchors (&name) are not allowed", "write the value out where it is used");
    // yaml-cpp gives "!" for quoted scalars, "?" or nothing for what has no tag.
    if (tag.size() > 1)
      refuse(place(mark), "tags are not allowed", "types follow from the keys: remove " + quoted(tag));
    if (levels_.size() >= kDeepest)
      refuse(place(mark), "nested too deeply", "a guest's file needs no more than 32 levels");
    if (++nodes_ > kMostNodes) refuse(place(mark), "too many values", "a guest's file needs no more than 10000");
  }

  void check_quote(const YAML::Mark& mark) {
    const auto position = static_cast<size_t>(mark.pos);
    if (position >= text_.size() || (text_[position] != '\'' && text_[position] != '"')) return;
    if (!quote_is_closed(text_, position)) refuse(place(mark), "this quote is not closed", "");
  }

  // A mapping's next node is a key.
  bool wants_key() const {
    return !levels_.empty() && levels_.back().node.kind == Node::Kind::kMapping && !levels_.back().have_key;
  }

  void open(Node node) {
    if (wants_key()) refuse(node.where, "a key must be a word", "");
    levels_.push_back({.node = std::move(node)});
  }

  void close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    add(std::move(node));
  }

  void add(Node node) {
    if (levels_.empty())
      root_ = std::move(node);
    else if (wants_key())
      add_key(levels_.back(), std::move(node));
    else if (levels_.back().node.kind == Node::Kind::kList)
      add_item(levels_.back(), std::move(node));
    else
      add_member(levels_.back(), std::move(node));
  }

  // yaml-cpp's mark of nothing is where the next thing is: the list's or the key's place serves better.
  void add_item(Level& level, Node node) {
    if (node.kind == Node::Kind::kNull) node.where = level.node.where;
    level.node.items.push_back(std::move(node));
  }

  void add_key(Level& level, Node node) {
    if (node.kind != Node::Kind::kScalar) refuse(node.where, "a key must be a word", "");
    if (node.text == "<<" && !node.quoted)
      refuse(node.where, "merge keys (<<) are not allowed", "write the keys out where they are used");
    level.key = std::move(node.text);
    level.key_where = std::move(node.where);
    level.have_key = true;
  }

  void add_member(Level& level, Node node) {
    level.have_key = false;
    if (node.kind == Node::Kind::kNull) node.where = level.key_where;
    for (const Node::Member& member : level.node.members) {
      if (member.key != level.key) continue;
      diagnostics_.add(level.key_where, "duplicate key " + quoted(level.key),
                       "it stands in line " + std::to_string(member.where.line) + " already: remove one");
      return;
    }
    level.node.members.push_back({level.key, level.key_where, std::move(node)});
  }

  const std::string& text_;
  Node& root_;
  Diagnostics& diagnostics_;
  std::vector<Level> levels_;
  size_t nodes_ = 0;
  unsigned documents_ = 0;
};

std::string syntax_help(std::string_view line) {
  const size_t indent = line.find_first_not_of(" \t");
  if (line.substr(0, indent).find('\t') != std::string_view::npos) return "indent by spaces, not tabs";
  if (line.find(": ") != std::string_view::npos)
    return "look at the indentation, and quote a value that has `: ` in it";
  return "look for a bracket or quote that is not closed, and at the indentation";
}

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

std::optional<Node> parse_tree(const std::string& text, Diagnostics& diagnostics) {
  if (!check_text(text, diagnostics)) return std::nullopt;
  Node root{.kind = Node::Kind::kNull, .where = {diagnostics.file(), 1, 1}};
  TreeBuilder builder(text, root, diagnostics);
  std::istringstream stream(text);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return root;
  } catch (const Stop&) {
    // Said already.
  } catch (const YAML::Exception& error) {
    const YAML::Mark mark = error.mark.is_null() ? YAML::Mark() : error.mark;
    diagnostics.add({diagnostics.file(), mark.line + 1, mark.column + 1}, "not YAML: " + error.msg,
                    syntax_help(line_of(text, mark.line + 1)));
  }
  return std::nullopt;
}

}  // namespace vireo::config
