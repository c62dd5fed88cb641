// Any text as a guest's file: accepted, or refused by one kind of exception.
#include <string>

#include "vmm/config/load.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    vireo::config::parse(std::string(reinterpret_cast<const char*>(data), size), "fuzz.yaml");
  } catch (const vireo::base::Error&) {
  }
  return 0;
}
