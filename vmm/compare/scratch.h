#pragma once

#include <string>
#include <string_view>

namespace vireo::compare {

// A folder for the guests' files, which goes with what is in it.
class Scratch {
 public:
  // Errors: SystemError (kHost).
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Write a new file there. Errors: SystemError (kHost).
void write_scratch(const std::string& path, std::string_view text);

}  // namespace vireo::compare
