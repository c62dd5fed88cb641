#pragma once

#include <string>

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

}  // namespace vireo::compare
