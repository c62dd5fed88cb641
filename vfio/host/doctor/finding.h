#pragma once

#include <string>
#include <vector>

namespace vireo::host {

enum class Severity {
  kOk,       // looked at, and as it should be
  kNote,     // good to know
  kWarning,  // some guest will fail, or run worse than it could
  kError,    // no guest can have a device; or not the one that was asked for
};

// What was read, and where: "/proc/cmdline = quiet iommu=off".
struct Evidence {
  std::string file;
  std::string value;
};

// What stands, or does not, between a host and a guest that owns its devices.
struct Finding {
  Severity severity = Severity::kOk;
  std::string subject;  // for programs, stable: "iommu"
  std::string what;
  std::string why = {};
  std::vector<Evidence> evidence = {};
  std::string mend = {};  // a command, or what to do; empty: nothing is to be done
};

}  // namespace vireo::host
