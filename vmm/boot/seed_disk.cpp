#include "vmm/boot/seed_disk.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <vector>

#include "vmm/base/bits.h"
#include "vmm/boot/archive.h"
#include "vmm/boot/image_file.h"

namespace vireo::boot {
namespace {

constexpr uint64_t kLargestFile = 16 * base::kMiB;

// What a kind of user data begins with; the last is gzip's.
constexpr std::array<std::string_view, 11> kBeginnings{
    "#cloud-config", "#!",           "#include",  "#cloud-boothook", "#part-handler", "#upstart-job",
    "## template:",  "Content-Type", "MIME-Vers", "From ",           "\x1f\x8b"};

std::string read_file(const std::string& what, const std::string& path) {
  const ImageFile file(what, path, "cloud_init." + what);
  if (file.size() > kLargestFile) throw file.error("larger than 16 MiB", "name the right file");
  std::string text(file.size(), '\0');
  file.read(0, {reinterpret_cast<uint8_t*>(text.data()), text.size()});
  return text;
}

std::string read_user_data(const std::string& path) {
  std::string text = read_file("user_data", path);
  const bool known = std::ranges::any_of(kBeginnings, [&](std::string_view begin) { return text.starts_with(begin); });
  if (!known)
    throw base::Error(base::ExitCode::kBootImage, "user_data " + path + ": cloud-init would ignore it",
                      "begin it with the line #cloud-config, or #! for a script");
  return text;
}

// Of the contents, by FNV-1a: the same disk is the same instance.
std::string meta_data(const std::string& guest, const std::vector<std::string>& contents) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string& text : contents)
    for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  char id[17];
  std::snprintf(id, sizeof id, "%016lx", hash);
  return "instance-id: " + guest + "-" + id + "\nlocal-hostname: " + guest + "\n";
}

}  // namespace

base::Fd make_seed_disk(const SeedSettings& settings) {
  std::vector contents{read_user_data(settings.user_data),
                       settings.network.empty() ? "" : read_file("network", settings.network)};
  for (const auto& [name, path] : settings.files) contents.push_back(read_file("files." + name, path));
  base::Fd file(::memfd_create("cloud-init", MFD_CLOEXEC));
  if (!file) throw base::SystemError(base::ExitCode::kHost, "memfd_create for cloud-init's disk", errno);
  ArchiveWriter image(file.get(), {.format = ArchiveWriter::Format::kIso9660,
                                   .purpose = "cloud_init",
                                   .what = "cloud-init's disk",
                                   .label = "cidata"});
  image.add_file("user-data", contents[0]);
  image.add_file("meta-data", meta_data(settings.guest, contents));
  if (!settings.network.empty()) image.add_file("network-config", contents[1]);
  size_t next = 2;
  for (const auto& [name, path] : settings.files) image.add_file(name, contents[next++], 0555);
  image.close();
  return file;
}

}  // namespace vireo::boot
