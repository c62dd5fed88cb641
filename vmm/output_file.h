#pragma once

#include <string>

#include "vmm/base/fd.h"

namespace vireo {

// A file that the user wants: there in full, or as it was before. Whether it can be written is known at once, not when
// what is to be in it has taken long to find.
class OutputFile {
 public:
  // Errors: SystemError (kUsage): it cannot be made there.
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(OutputFile&& other) noexcept = default;
  OutputFile& operator=(OutputFile&&) = delete;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Errors: SystemError (kRuntime), with the name: no room, say. The file that was there before stays.
  void write(const std::string& text);

 private:
  std::string path_;
  std::string unfinished_;
  base::Fd file_;
};

}  // namespace vireo
