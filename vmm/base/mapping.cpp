#include "vmm/base/mapping.h"

#include <cerrno>

#include "vmm/base/bits.h"

namespace vireo::base {
namespace {

// Reserve address space of `size` at a multiple of `alignment`; return where, or nullptr with errno.
void* reserve_aligned(uint64_t size, uint64_t alignment) {
  const uint64_t span = size + alignment;
  void* reserved = ::mmap(nullptr, span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return nullptr;
  const auto start = reinterpret_cast<uint64_t>(reserved);
  const uint64_t aligned = align_up(start, alignment);
  if (aligned != start) ::munmap(reserved, aligned - start);
  if (const uint64_t tail = start + span - (aligned + size)) ::munmap(reinterpret_cast<void*>(aligned + size), tail);
  return reinterpret_cast<void*>(aligned);
}

}  // namespace

Mapping::Mapping(const Request& request, const std::string& object, ExitCode code, const std::string& help)
    : size_(request.size) {
  void* hint = nullptr;
  int flags = request.flags | (request.fd < 0 ? MAP_ANONYMOUS : 0);
  // Below 2 MiB there is no larger page to gain.
  if (request.alignment >= 2 * kMiB) {
    hint = reserve_aligned(request.size, request.alignment);
    if (hint == nullptr) throw SystemError(code, "mmap of " + object, errno, help);
    flags |= MAP_FIXED;
  }
  void* mapped = ::mmap(hint, request.size, request.protection, flags, request.fd, static_cast<off_t>(request.offset));
  if (mapped == MAP_FAILED) {
    const int error = errno;
    if (hint != nullptr) ::munmap(hint, request.size);
    throw SystemError(code, "mmap of " + object, error, help);
  }
  data_ = static_cast<uint8_t*>(mapped);
}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace vireo::base
