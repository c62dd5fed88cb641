#include "vmm/compare/fio_files.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "vmm/base/fd.h"
#include "vmm/compare/child.h"
#include "vmm/compare/elf.h"

namespace vireo::compare {
namespace {

using base::ExitCode;

constexpr unsigned kSecondsToAnswer = 30;
constexpr size_t kMostFiles = 512;
// Debian's, Fedora's and everybody's. ld.so(8), DESCRIPTION.
constexpr std::array kFolders{"/lib/x86_64-linux-gnu",
                              "/usr/lib/x86_64-linux-gnu",
                              "/lib64",
                              "/usr/lib64",
                              "/lib",
                              "/usr/lib",
                              "/usr/local/lib/x86_64-linux-gnu",
                              "/usr/local/lib"};

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// The folders that a file names itself, then those of all.
std::vector<std::string> folders_of(const ElfNeeds& needs, const std::string& path) {
  constexpr std::string_view kOrigin = "$ORIGIN";
  std::vector<std::string> folders;
  std::istringstream stream(needs.folders);
  for (std::string folder; std::getline(stream, folder, ':');) {
    if (folder.starts_with(kOrigin)) folder.replace(0, kOrigin.size(), folder_of(path));
    if (folder.starts_with("/")) folders.push_back(folder);
  }
  folders.insert(folders.end(), kFolders.begin(), kFolders.end());
  return folders;
}

std::string find_library(const std::string& name, const std::vector<std::string>& folders, const std::string& wanted) {
  if (name.find('/') != std::string::npos || name.empty())
    throw base::Error(ExitCode::kHost, wanted + " needs a library by a path: " + name);
  for (const std::string& folder : folders) {
    std::string path = folder;
    path.append("/").append(name);
    if (::access(path.c_str(), R_OK) == 0) return path;
  }
  throw base::Error(ExitCode::kHost, wanted + " needs " + name + ", which is in none of the folders of libraries",
                    "apt-get install --reinstall fio");
}

// What one run of fio prints.
std::vector<std::string> ask(const std::string& word, const std::string& folder, const StopSignal& stop) {
  Child child({.command = {kFioProgram, word}, .log = folder + "/fio.log"}, stop);
  std::vector<std::string> lines;
  try {
    for (;;) lines.push_back(child.read_line(in_seconds(kSecondsToAnswer)));
  } catch (const ChildFailure& failure) {
    if (lines.empty()) throw base::Error(ExitCode::kHost, std::string(kFioProgram) + ": " + failure.what());
  }
  return lines;
}

bool has_engine(const std::vector<std::string>& lines, const std::string& name) {
  return std::ranges::any_of(lines, [&](const std::string& line) {
    const size_t begin = line.find_first_not_of(" \t");
    return begin != std::string::npos && line.substr(begin) == name;
  });
}

}  // namespace

std::vector<boot::InitramfsFile> files_for_guest(const std::string& program) {
  std::vector<boot::InitramfsFile> files{{.name = "fio/fio", .source = program}};
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string source = files[i].source;
    const ElfNeeds needs = read_elf(base::read_text(source, ExitCode::kHost), source);
    if (i == 0 && needs.interpreter.starts_with("/"))
      files.push_back({.name = needs.interpreter.substr(1), .source = needs.interpreter});
    for (const std::string& library : needs.libraries) {
      const std::string name = "fio/lib/" + library;
      if (std::ranges::count(files, name, &boot::InitramfsFile::name) != 0) continue;
      files.push_back({.name = name, .source = find_library(library, folders_of(needs, source), source)});
    }
    if (files.size() > kMostFiles) throw base::Error(ExitCode::kHost, program + " needs too many libraries");
  }
  return files;
}

std::string fio_words(const FioFiles& fio, bool carried) {
  return "fio " + fio.engine + " " + (carried ? "/fio/fio" : kFioProgram);
}

FioFiles find_fio(const std::string& folder, const StopSignal& stop) {
  if (::access(kFioProgram, X_OK) != 0)
    throw base::SystemError(ExitCode::kHost, kFioProgram, errno, "apt-get install fio");
  const std::vector<std::string> engines = ask("--enghelp", folder, stop);
  FioFiles fio{.version = ask("--version", folder, stop).front(), .engine = {}, .guests = {}};
  for (const char* engine : {"io_uring", "libaio"})
    if (fio.engine.empty() && has_engine(engines, engine)) fio.engine = engine;
  if (fio.engine.empty())
    throw base::Error(ExitCode::kHost, fio.version + " has neither io_uring nor libaio", "apt-get install fio");
  fio.guests = files_for_guest(kFioProgram);
  return fio;
}

}  // namespace vireo::compare
