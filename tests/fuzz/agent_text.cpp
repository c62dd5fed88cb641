// Any text as what vireo and its agent say to each other: refused, or the same when it is said again.
#include <cstdlib>

#include "vmm/compare/agent/lines.h"
#include "vmm/compare/agent/protocol.h"

namespace {

using namespace vireo;

template <typename Record>
void say_again(std::optional<Record> (*parse)(std::string_view), std::string_view said) {
  const auto record = parse(said);
  if (record && parse(agent::text(*record)) != record) std::abort();
}

void count_again(std::string_view said) {
  const auto histogram = agent::Histogram::parse(said);
  if (histogram && agent::Histogram::parse(histogram->text()) != histogram) std::abort();
}

void cut_again(std::string_view said) {
  std::string text;
  for (const std::string& part : agent::cut_at_blanks(said, 40)) text += part + "\n";
  agent::Lines lines;
  lines.add(text);
  while (lines.next(20)) continue;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view said(reinterpret_cast<const char*>(data), size);
  say_again(agent::parse_order, said);
  say_again(agent::parse_counts, said);
  say_again(agent::parse_medium, said);
  say_again(agent::parse_network, said);
  count_again(said);
  cut_again(said);
  return 0;
}
