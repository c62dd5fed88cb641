#include "emulated/nvme/features.h"

namespace vireo::emulated::nvme {
namespace {

constexpr bool known(uint8_t number) {
  return number >= 1 && number <= static_cast<uint8_t>(Feature::kEventConfiguration) && number != 3;
}

// What the host may change of a feature.
constexpr uint32_t mask_of(Feature feature) {
  switch (feature) {
    case Feature::kArbitration:
      return ~uint32_t{0};
    case Feature::kWriteCache:
    case Feature::kWriteAtomicity:
      return 1;
    case Feature::kPowerManagement:  // there is one power state
    case Feature::kQueues:           // it gets what there is
    case Feature::kVectorConfiguration:
      return 0;
    case Feature::kTemperatureThreshold:
    case Feature::kErrorRecovery:
    case Feature::kInterruptCoalescing:
      return 0xffff;
    case Feature::kEventConfiguration:
      return 0x0000'01ff;
  }
  return 0;
}

// Of get features: which value is meant. 5.9.1
enum class Select : uint8_t { kCurrent, kDefault, kSaved, kCapabilities };

constexpr uint32_t kChangeable = 1 << 2;

// Of a temperature threshold: of what is too hot, and of all sensors together. 5.21.1.4
constexpr bool is_main_threshold(uint32_t dword11) {
  return (dword11 >> 16 & 0x3f) == 0;
}

}  // namespace

uint32_t Features::defaults(Feature feature, uint32_t parameter, unsigned queues) {
  constexpr uint32_t kWarning = 343;  // kelvins, as the controller's identity says
  switch (feature) {
    case Feature::kArbitration:
      return 7;  // no limit
    case Feature::kTemperatureThreshold:
      return is_main_threshold(parameter) ? kWarning : 0;
    case Feature::kWriteCache:
      return 1;
    case Feature::kQueues:
      return (queues - 1) << 16 | (queues - 1);
    case Feature::kVectorConfiguration:
      return parameter & 0xffff;
    default:
      return 0;
  }
}

void Features::reset() {
  for (size_t i = 1; i < kCount; ++i) values_[i] = defaults(static_cast<Feature>(i), 0, queues_);
}

Features::Answer Features::set(const Command& command) {
  constexpr uint32_t kSave = uint32_t{1} << 31;
  const auto number = static_cast<uint8_t>(command.dword(10));
  if (!known(number)) return {Status::kInvalidField};
  if ((command.dword(10) & kSave) != 0) return {Status::kNotSaveable};
  const auto feature = static_cast<Feature>(number);
  const uint32_t wanted = command.dword(11);
  // 5.21.1.7: all ones is none that may be asked for.
  if (feature == Feature::kQueues && ((wanted & 0xffff) == 0xffff || wanted >> 16 == 0xffff))
    return {Status::kInvalidField};
  if (feature == Feature::kPowerManagement && (wanted & 0x1f) != 0) return {Status::kInvalidField};
  if (feature == Feature::kTemperatureThreshold && !is_main_threshold(wanted)) return {};
  const uint32_t mask = mask_of(feature);
  uint32_t& value = values_[number];
  value = (value & ~mask) | (wanted & mask);
  return {.result = feature == Feature::kQueues ? value : 0};
}

Features::Answer Features::get(const Command& command) const {
  const auto number = static_cast<uint8_t>(command.dword(10));
  if (!known(number)) return {Status::kInvalidField};
  const auto feature = static_cast<Feature>(number);
  switch (static_cast<Select>(command.dword(10) >> 8 & 7)) {
    case Select::kCurrent:
      if (feature == Feature::kVectorConfiguration) break;
      if (feature == Feature::kTemperatureThreshold && !is_main_threshold(command.dword(11))) break;
      return {.result = values_[number]};
    case Select::kCapabilities:
      return {.result = mask_of(feature) != 0 ? kChangeable : 0};
    default:
      break;
  }
  return {.result = defaults(feature, command.dword(11), queues_)};
}

}  // namespace vireo::emulated::nvme
