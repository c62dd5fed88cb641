#pragma once

#include <dlfcn.h>

namespace vireo::base {

// A shared library that is opened by those who need it: linked, it and what it needs would cost each guest's start
// tens to hundreds of system calls.
class Library {
 public:
  explicit Library(const char* file) : handle_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {}
  ~Library() {
    if (handle_ != nullptr) ::dlclose(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // Is it on this host?
  explicit operator bool() const { return handle_ != nullptr; }

  // One of its functions, or of a library that it needs. Precondition: it is on this host and has it.
  template <typename Function>
  Function* function(const char* name) const {
    return reinterpret_cast<Function*>(::dlsym(handle_, name));
  }

 private:
  void* handle_;
};

}  // namespace vireo::base
