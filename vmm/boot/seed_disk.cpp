#include "vmm/boot/seed_disk.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include "vmm/base/bits.h"
#include "vmm/base/library.h"
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

// libarchive, opened only for a guest that has such a disk.
class Library : public base::Library {
 public:
  Library() : base::Library("libarchive.so.13") {
    if (!*this)
      throw base::Error(base::ExitCode::kHost, "cloud_init needs libarchive, which this host lacks",
                        "apt install libarchive13");
  }
};

// An ISO 9660 image that is written to a file.
class IsoImage {
 private:
  template <typename Function, typename... Arguments>
  auto call(const char* name, Arguments... arguments) {
    return library_.function<Function>(name)(archive_.get(), arguments...);
  }

 public:
  explicit IsoImage(int file)
      : archive_(library_.function<decltype(::archive_write_new)>("archive_write_new")(),
                 library_.function<decltype(::archive_write_free)>("archive_write_free")) {
    require(call<decltype(::archive_write_set_format_iso9660)>("archive_write_set_format_iso9660"));
    require(call<decltype(::archive_write_set_options)>("archive_write_set_options", "iso9660:volume-id=cidata"));
    require(call<decltype(::archive_write_open_fd)>("archive_write_open_fd", file));
  }

  void add(const char* name, std::string_view text) {
    const auto entry = make_entry(name, text.size());
    require(call<decltype(::archive_write_header)>("archive_write_header", entry.get()));
    const auto written = call<decltype(::archive_write_data)>("archive_write_data", text.data(), text.size());
    if (written != static_cast<la_ssize_t>(text.size())) require(ARCHIVE_FATAL);
  }
  void close() { require(call<decltype(::archive_write_close)>("archive_write_close")); }

 private:
  using Entry = std::unique_ptr<archive_entry, decltype(&::archive_entry_free)>;

  Entry make_entry(const char* name, size_t size) {
    Entry entry(library_.function<decltype(::archive_entry_new)>("archive_entry_new")(),
                library_.function<decltype(::archive_entry_free)>("archive_entry_free"));
    library_.function<decltype(::archive_entry_set_pathname)>("archive_entry_set_pathname")(entry.get(), name);
    library_.function<decltype(::archive_entry_set_size)>("archive_entry_set_size")(entry.get(),
                                                                                    static_cast<la_int64_t>(size));
    library_.function<decltype(::archive_entry_set_filetype)>("archive_entry_set_filetype")(entry.get(), AE_IFREG);
    library_.function<decltype(::archive_entry_set_perm)>("archive_entry_set_perm")(entry.get(), 0444);
    return entry;
  }

  void require(int result) {
    if (result == ARCHIVE_OK) return;
    const char* reason = call<decltype(::archive_error_string)>("archive_error_string");
    throw base::Error(base::ExitCode::kHost,
                      std::string("cannot make cloud-init's disk: ") + (reason == nullptr ? "no memory" : reason),
                      "libarchive writes it by way of a file in $TMPDIR, or /tmp: is there room?");
  }

  Library library_;
  std::unique_ptr<archive, decltype(&::archive_write_free)> archive_;
};

// Of the contents, by FNV-1a: the same disk is the same instance.
std::string meta_data(const std::string& guest, std::initializer_list<std::string_view> contents) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string_view text : contents)
    for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  char id[17];
  std::snprintf(id, sizeof id, "%016lx", hash);
  return "instance-id: " + guest + "-" + id + "\nlocal-hostname: " + guest + "\n";
}

}  // namespace

base::Fd make_seed_disk(const SeedSettings& settings) {
  const std::string user_data = read_user_data(settings.user_data);
  const std::string network = settings.network.empty() ? "" : read_file("network", settings.network);
  base::Fd file(::memfd_create("cloud-init", MFD_CLOEXEC));
  if (!file) throw base::SystemError(base::ExitCode::kHost, "memfd_create for cloud-init's disk", errno);
  IsoImage image(file.get());
  image.add("user-data", user_data);
  image.add("meta-data", meta_data(settings.guest, {user_data, network}));
  if (!settings.network.empty()) image.add("network-config", network);
  image.close();
  return file;
}

}  // namespace vireo::boot
