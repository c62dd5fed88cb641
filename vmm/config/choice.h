#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "vmm/config/schema.h"

namespace vireo::config {

// A word that a person may write, and what it stands for.
template <typename Value>
struct Choice {
  const char* word;
  Value value;
};

// Read one of `choices`; return whether it is one. `not_one` goes on from the word that is none of them: "is no way to
// the IOMMU".
template <typename Value, size_t kCount>
bool read_choice(const Node& node, const std::array<Choice<Value>, kCount>& choices, const char* not_one, Value& target,
                 Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return false;
  std::string words;
  for (size_t i = 0; i < kCount; ++i) {
    if (node.text == choices[i].word) {
      target = choices[i].value;
      return true;
    }
    if (i > 0) words += i + 1 == kCount ? " or " : ", ";
    words += choices[i].word;
  }
  diagnostics.add(node.where, config::quoted(node.text) + " " + not_one, words);
  return false;
}

}  // namespace vireo::config
