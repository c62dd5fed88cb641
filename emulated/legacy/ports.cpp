#include "emulated/legacy/ports.h"

#include <array>

namespace vireo::emulated {
namespace {

// An access has at most 8 bytes (IoHandler), each with at most one effect.
class Effects {
 public:
  void add(Effect effect) noexcept {
    if (effect != kNoEffect && count_ < effects_.size()) effects_[count_++] = effect;
  }
  std::span<const Effect> all() const noexcept { return {effects_.data(), count_}; }

 private:
  std::array<Effect, 8> effects_;
  size_t count_ = 0;
};

}  // namespace

void BytePorts::read(uint64_t offset, std::span<uint8_t> data) noexcept {
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    for (uint8_t& byte : data) {
      Effect effect = kNoEffect;
      byte = offset < size_ ? read_byte(static_cast<uint16_t>(offset), effect) : uint8_t{0xff};
      effects.add(effect);
      ++offset;
    }
    access_done();
  }
  for (const Effect effect : effects.all()) perform(effect);
}

void BytePorts::write(uint64_t offset, std::span<const uint8_t> data) noexcept {
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    for (const uint8_t byte : data) {
      Effect effect = kNoEffect;
      if (offset < size_) write_byte(static_cast<uint16_t>(offset), byte, effect);
      effects.add(effect);
      ++offset;
    }
    access_done();
  }
  for (const Effect effect : effects.all()) perform(effect);
}

}  // namespace vireo::emulated
