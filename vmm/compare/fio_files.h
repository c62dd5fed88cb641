#pragma once

#include <string>
#include <vector>

#include "vmm/boot/initramfs.h"
#include "vmm/compare/stop_signal.h"

namespace vireo::compare {

inline constexpr const char* kFioProgram = "/usr/bin/fio";

// The host's fio, and how it is had elsewhere.
struct FioFiles {
  std::string version;                      // "fio-3.33"
  std::string engine;                       // that it does its I/O by: "io_uring", "libaio"
  std::vector<boot::InitramfsFile> guests;  // what a guest needs to run it as /fio/fio
};

// Return the program and all libraries that it needs, for a guest: the program as /fio/fio, its loader where it names
// it, the libraries in /fio/lib. Found in the files' own folders (DT_RUNPATH) and those that loaders search; nothing is
// run. Errors: base::Error (kHost): one is not there, or damaged.
std::vector<boot::InitramfsFile> files_for_guest(const std::string& program);

// Find the host's fio and ask it what it is. `folder`: where what it says to its standard error goes.
// Errors: base::Error (kHost): there is none, with the package that has it; Stopped.
FioFiles find_fio(const std::string& folder, const StopSignal& stop);

// The order that has an agent use it (agent/protocol.h). `carried`: in a guest that has the files above; elsewhere it
// is the machine's own.
std::string fio_words(const FioFiles& fio, bool carried);

}  // namespace vireo::compare
