#pragma once

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "vmm/base/error.h"
#include "vmm/platform/guest_memory.h"

// What the tests of this folder share: guest memory, files that go away, images made byte by byte.
namespace vireo::boot {

inline base::GuestRange range(uint64_t start, uint64_t size) {
  return base::GuestRange::make(base::GuestAddress(start), size).value();
}

inline platform::GuestMemory make_memory(uint64_t size) {
  return platform::GuestMemory({{.range = range(0, size), .offset = 0}}, {});
}

template <typename T>
T load(const platform::GuestMemory& memory, uint64_t address) {
  T object{};
  memory.read(base::GuestAddress(address), {reinterpret_cast<uint8_t*>(&object), sizeof object});
  return object;
}

// A folder that is removed with what is in it.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/vireo-boot-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string path(const std::string& name) const { return path_ + "/" + name; }
  std::string file(const std::string& name, const std::vector<uint8_t>& content) const {
    std::ofstream out(path(name), std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    return path(name);
  }

 private:
  std::string path_;
};

template <typename T>
void poke(std::vector<uint8_t>& bytes, size_t offset, T value) {
  if (bytes.size() < offset + sizeof value) bytes.resize(offset + sizeof value);
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// Return the error that `action` throws: "code|message|help"; or "no error".
template <typename Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const base::Error& error) {
    return std::to_string(static_cast<int>(error.code())) + "|" + error.what() + "|" + error.help();
  }
  return "no error";
}

}  // namespace vireo::boot
