#include "vmm/platform/huge_pages.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>

#include "vmm/base/bits.h"
#include "vmm/base/fd.h"

namespace vireo::platform {
namespace {

constexpr std::string_view kPrefix = "hugepages-";
constexpr std::string_view kUnit = "kB";

std::optional<uint64_t> parse(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint64_t> page_size_of(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kUnit)) return std::nullopt;
  const auto kib = parse(name.substr(kPrefix.size(), name.size() - kPrefix.size() - kUnit.size()));
  return kib ? std::optional(*kib * base::kKiB) : std::nullopt;
}

uint64_t read_count(const std::filesystem::path& pool, const char* name) {
  return parse(base::read_text_or_empty(pool / name)).value_or(0);
}

}  // namespace

std::string pool_name(uint64_t page_size) {
  return std::string(kPrefix) + std::to_string(page_size / base::kKiB) + std::string(kUnit);
}

std::vector<HugePages> read_huge_pages(const std::string& folder) {
  std::vector<HugePages> pools;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(folder, absent)) {
    const std::filesystem::path& pool = entry.path();
    const auto size = page_size_of(pool.filename().native());
    if (!size) continue;
    const uint64_t free = read_count(pool, "free_hugepages");
    const uint64_t reserved = read_count(pool, "resv_hugepages");
    pools.push_back(
        {.page_size = *size, .total = read_count(pool, "nr_hugepages"), .free = free - std::min(free, reserved)});
  }
  std::ranges::sort(pools, {}, &HugePages::page_size);
  return pools;
}

HugePages pool_of(const std::vector<HugePages>& pools, uint64_t page_size) {
  const auto found = std::ranges::find(pools, page_size, &HugePages::page_size);
  return found == pools.end() ? HugePages{.page_size = page_size} : *found;
}

std::string grow_command(const std::string& folder, const HugePages& pool, uint64_t needed) {
  const uint64_t missing = needed - std::min(needed, pool.free);
  return "echo " + std::to_string(pool.total + missing) + " > " + folder + "/" + pool_name(pool.page_size) +
         "/nr_hugepages";
}

}  // namespace vireo::platform
