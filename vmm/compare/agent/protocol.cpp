#include "vmm/compare/agent/protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <vector>

namespace vireo::agent {
namespace {

constexpr uint64_t kSector = 512;
constexpr std::array<std::string_view, 4> kOperations{"read", "write", "udp", "tcp"};  // by Operation

// The one list of what each text has: visit(key, field).
template <typename Record, typename Visit>
requires std::same_as<std::remove_const_t<Record>, Order>
void visit_fields(Record& order, Visit& visit) {
  visit("operation", order.operation);
  visit("block", order.block);
  visit("first", order.first);
  visit("span", order.span);
  visit("depth", order.depth);
  visit("rate", order.rate);
  visit("operations", order.operations);
  visit("nanoseconds", order.nanoseconds);
  visit("warm_up", order.warm_up);
  visit("seed", order.seed);
  visit("marked", order.marked);
  visit("polled", order.polled);
  visit("exits", order.extra_exits);
  visit("spin", order.extra_instructions);
}

template <typename Record, typename Visit>
requires std::same_as<std::remove_const_t<Record>, Counts>
void visit_fields(Record& counts, Visit& visit) {
  visit("operations", counts.operations);
  visit("errors", counts.errors);
  visit("elapsed", counts.elapsed);
  visit("user", counts.user);
  visit("system", counts.system);
  visit("latest", counts.latest);
  visit("interrupts", counts.interrupts);
  visit("missed", counts.missed);
  visit("poll_queue", counts.poll_queue);
  visit("own", counts.own);
}

template <typename Record, typename Visit>
requires std::same_as<std::remove_const_t<Record>, Medium>
void visit_fields(Record& medium, Visit& visit) {
  visit("bytes", medium.size);
  visit("hash", medium.hash);
}

template <typename Record, typename Visit>
requires std::same_as<std::remove_const_t<Record>, Network>
void visit_fields(Record& network, Visit& visit) {
  visit("interface", network.interface);
  visit("address", network.address);
  visit("prefix", network.prefix);
  visit("peer", network.peer);
}

class Writer {
 public:
  void operator()(std::string_view key, uint64_t value) { add(key, std::to_string(value)); }
  void operator()(std::string_view key, const std::string& value) { add(key, value); }
  void operator()(std::string_view key, Operation value) { add(key, kOperations[static_cast<size_t>(value)]); }

  std::string text;

 private:
  void add(std::string_view key, std::string_view value) {
    if (!text.empty()) text += ' ';
    text.append(key).append("=").append(value);
  }
};

// Takes a text's words apart, and gives each field its own.
class Reader {
 public:
  explicit Reader(std::string_view text) {
    for (size_t end = text.find(' '); end != std::string_view::npos; end = text.find(' ')) {
      words_.push_back(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    words_.push_back(text);
  }

  template <std::unsigned_integral Number>
  void operator()(std::string_view key, Number& field) {
    const std::string_view value = value_of(key);
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), field);
    good_ &= error == std::errc() && end == value.data() + value.size();
  }
  void operator()(std::string_view key, bool& field) {
    unsigned number = 0;
    (*this)(key, number);
    good_ &= number <= 1;
    field = number == 1;
  }
  void operator()(std::string_view key, Operation& field) {
    const auto found = std::ranges::find(kOperations, value_of(key));
    good_ &= found != kOperations.end();
    if (good_) field = static_cast<Operation>(found - kOperations.begin());
  }
  void operator()(std::string_view key, std::string& field) { field = value_of(key); }

  // Every field had its word. With as many words as fields, none was there twice and none was unknown.
  bool good() const { return good_ && fields_ == words_.size(); }

 private:
  std::string_view value_of(std::string_view key) {
    ++fields_;
    for (const std::string_view word : words_)
      if (word.size() > key.size() && word[key.size()] == '=' && word.starts_with(key))
        return word.substr(key.size() + 1);
    return {};
  }

  std::vector<std::string_view> words_;
  size_t fields_ = 0;
  bool good_ = true;
};

template <typename Record>
std::string write(const Record& record) {
  Writer writer;
  visit_fields(record, writer);
  return std::move(writer.text);
}

template <typename Record>
std::optional<Record> read(std::string_view text) {
  Record record;
  Reader reader(text);
  visit_fields(record, reader);
  if (!reader.good()) return std::nullopt;
  return record;
}

bool is_message(const Order& order) {
  return order.block >= kSmallestMessage && order.block <= kLargestMessage;
}

bool is_range(const Order& order) {
  return order.block != 0 && order.block % kSector == 0 && order.block <= kLargestBlock && order.first % kSector == 0 &&
         order.span >= order.block && order.first + order.span > order.first;
}

bool has_end(const Order& order) {
  return (order.operations != 0 || order.nanoseconds != 0) && order.nanoseconds <= kLongestWindow;
}

}  // namespace

std::string text(const Order& order) {
  return write(order);
}

std::optional<Order> parse_order(std::string_view text) {
  const auto order = read<Order>(text);
  if (!order || !has_end(*order)) return std::nullopt;
  if (is_exchange(order->operation) ? !is_message(*order) : !is_range(*order)) return std::nullopt;
  if (order->polled && order->rate != 0) return std::nullopt;
  if (order->depth == 0 || order->depth > kDeepest || order->rate > kHighestRate) return std::nullopt;
  return order;
}

std::string text(const Counts& counts) {
  return write(counts);
}

std::optional<Counts> parse_counts(std::string_view text) {
  return read<Counts>(text);
}

std::string text(const Medium& medium) {
  return write(medium);
}

std::optional<Medium> parse_medium(std::string_view text) {
  return read<Medium>(text);
}

std::string text(const Network& network) {
  return write(network);
}

std::optional<Network> parse_network(std::string_view text) {
  auto network = read<Network>(text);
  if (!network || network->prefix > 32) return std::nullopt;
  return network;
}

}  // namespace vireo::agent
