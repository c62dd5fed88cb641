#include "vfio/expansion_rom.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>

#include "vmm/base/fd.h"

namespace vireo::vfio {

void ExpansionRom::read(uint64_t offset, std::span<uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  std::fill(data.begin(), data.end(), uint8_t{0xff});
  if (!looked_ && size_ != 0) load();
  if (offset >= bytes_.size()) return;
  std::memcpy(data.data(), bytes_.data() + offset, std::min<uint64_t>(data.size(), bytes_.size() - offset));
}

void ExpansionRom::reset() noexcept {
  const std::lock_guard lock(mutex_);
  if (bytes_.empty()) looked_ = false;
}

// A guest's load leads here: a host that fails must not end it.
void ExpansionRom::load() noexcept {
  looked_ = true;
  std::string why;
  try {
    bytes_.assign(size_, 0xff);
    if (file_.empty() ? load_device() : load_file()) return;
  } catch (const std::exception& error) {
    why = std::string(": ") + error.what();
  }
  bytes_.clear();
  if (failed_())
    spdlog::warn("[{}] its expansion ROM cannot be read{}{}{}", device_.address(), file_.empty() ? "" : " from ", file_,
                 why);
}

bool ExpansionRom::load_file() {
  const base::Fd file(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  return file && ::pread(file.get(), bytes_.data(), bytes_.size(), 0) > 0;
}

// A device may have less than its BAR says: the kernel ends there.
bool ExpansionRom::load_device() {
  constexpr uint64_t kChunk = 4096;
  const uint64_t size = std::min(size_, device_.region(kRomRegion).size);
  uint64_t at = 0;
  while (at < size &&
         device_.read(kRomRegion, at, {bytes_.data() + at, static_cast<size_t>(std::min(kChunk, size - at))}))
    at += kChunk;
  return size != 0 && at >= size;
}

}  // namespace vireo::vfio
