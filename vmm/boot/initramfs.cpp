#include "vmm/boot/initramfs.h"

#include <fcntl.h>
#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "vmm/base/fd.h"
#include "vmm/boot/archive.h"

namespace vireo::boot {
namespace {

constexpr const char* kPurpose = "the guest that measures";

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// "kernel/drivers/block/virtio_blk.ko.xz" -> "virtio_blk.ko"
std::string plain_name(const std::string& path) {
  const std::string name = file_name(path);
  return name.substr(0, name.find(".ko") + 3);
}

// "kernel/drivers/nvme/host/nvme-core.ko" -> "nvme_core": a module's name has no hyphen.
std::string module_name(const std::string& path) {
  std::string name = plain_name(path);
  name.resize(name.size() - 3);
  std::ranges::replace(name, '-', '_');
  return name;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);)
    if (line.find(".ko") != std::string::npos) lines.push_back(line);
  return lines;
}

// Each module's file and those that it needs, by its name.
std::map<std::string, std::vector<std::string>> read_dependencies(const std::string& folder) {
  std::map<std::string, std::vector<std::string>> all;
  for (const std::string& line : lines_of(base::read_text(folder + "/modules.dep", base::ExitCode::kBootImage))) {
    std::vector<std::string> files = words_of(line);
    if (files[0].back() == ':') files[0].pop_back();
    const std::string name = module_name(files[0]);
    all[name] = std::move(files);
  }
  return all;
}

bool is_built_in(const std::string& folder, const std::string& name) {
  return std::ranges::any_of(lines_of(base::read_text_or_empty(folder + "/modules.builtin")),
                             [&](const std::string& line) { return module_name(line) == name; });
}

[[noreturn]] void refuse_module(const std::string& folder, const std::string& name) {
  throw base::Error(base::ExitCode::kBootImage, "no module " + name + " in " + folder,
                    "name a kernel that has it, and its modules: `guest: {kernel: ..., modules: ...}`");
}

// Folders before what is in them.
void add_files(ArchiveWriter& archive, const std::vector<InitramfsFile>& files) {
  std::set<std::string> folders;
  for (const InitramfsFile& file : files)
    for (size_t slash = file.name.find('/'); slash != std::string::npos; slash = file.name.find('/', slash + 1))
      if (folders.insert(file.name.substr(0, slash)).second) archive.add_folder(file.name.substr(0, slash));
  for (const InitramfsFile& file : files) archive.add_file(file.name, read_uncompressed(file.source, kPurpose), 0555);
}

}  // namespace

std::vector<std::string> modules_to_load(const std::string& folder, const std::vector<std::string>& wanted) {
  const auto dependencies = read_dependencies(folder);
  std::vector<std::string> order;
  for (const std::string& name : wanted) {
    const auto found = dependencies.find(name);
    if (found == dependencies.end() && is_built_in(folder, name)) continue;
    if (found == dependencies.end()) refuse_module(folder, name);
    for (auto file = found->second.rbegin(); file != found->second.rend(); ++file) {
      std::string path = folder;
      path.append("/").append(*file);
      if (std::ranges::count(order, path) == 0) order.push_back(std::move(path));
    }
  }
  return order;
}

std::string module_for(const std::string& folder, const std::string& alias) {
  std::istringstream lines(base::read_text(folder + "/modules.alias", base::ExitCode::kBootImage));
  for (std::string word, pattern, module; lines >> word;) {
    if (word != "alias" || !(lines >> pattern >> module)) {
      std::getline(lines, word);  // a comment
      continue;
    }
    if (::fnmatch(pattern.c_str(), alias.c_str(), 0) == 0) return module;
  }
  throw base::Error(base::ExitCode::kBootImage, "no module in " + folder + " is for a device " + alias,
                    "name a kernel that has a driver for it, and its modules: `guest: {kernel: ..., modules: ...}`");
}

void write_initramfs(const InitramfsSettings& settings, const std::string& path) {
  const base::Fd file = base::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, base::ExitCode::kHost, 0600);
  ArchiveWriter archive(file.get(), {.format = ArchiveWriter::Format::kCpio, .purpose = kPurpose, .what = path});
  for (const char* folder : {"dev", "proc", "sys", "modules"}) archive.add_folder(folder);
  archive.add_file("init", {reinterpret_cast<const char*>(settings.init.data()), settings.init.size()}, 0555);
  std::string order;
  for (const std::string& module : modules_to_load(settings.modules, settings.wanted)) {
    archive.add_file("modules/" + plain_name(module), read_uncompressed(module, kPurpose));
    order += plain_name(module) + "\n";
  }
  archive.add_file("modules/order", order);
  add_files(archive, settings.files);
  archive.close();
}

}  // namespace vireo::boot
