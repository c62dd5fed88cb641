#pragma once

#include <cstdint>
#include <span>

namespace vireo::emulated {

// A register of a BAR: where it starts, and its width in bytes.
template <typename Name>
struct NamedRegister {
  Name name;
  uint8_t width;
};

// Carry out a load of any width and alignment: `value_of(name)` for the registers that it touches, the rest of `data`
// is left as it is.
template <typename Name, typename ValueOf>
void load_registers(std::span<const NamedRegister<Name>> registers, uint64_t offset, std::span<uint8_t> data,
                    ValueOf value_of) noexcept {
  for (const auto& [name, width] : registers) {
    const auto start = static_cast<uint64_t>(name);
    if (offset >= start + width || start >= offset + data.size()) continue;
    const uint64_t value = value_of(name);
    const auto* const bytes = reinterpret_cast<const uint8_t*>(&value);
    for (size_t i = 0; i < data.size(); ++i)
      if (offset + i >= start && offset + i - start < width) data[i] = bytes[offset + i - start];
  }
}

// Carry out a store of any width and alignment: a byte merge into what `value_of(name)` says of each register that it
// touches, for `set(name, value)`.
template <typename Name, typename ValueOf, typename Set>
void store_registers(std::span<const NamedRegister<Name>> registers, uint64_t offset, std::span<const uint8_t> data,
                     ValueOf value_of, Set set) noexcept {
  for (const auto& [name, width] : registers) {
    const auto start = static_cast<uint64_t>(name);
    if (offset >= start + width || start >= offset + data.size()) continue;
    uint64_t value = value_of(name);
    auto* const bytes = reinterpret_cast<uint8_t*>(&value);
    for (size_t i = 0; i < data.size(); ++i)
      if (offset + i >= start && offset + i - start < width) bytes[offset + i - start] = data[i];
    set(name, value);
  }
}

}  // namespace vireo::emulated
