#pragma once

#include <string>
#include <vector>

#include "vmm/base/error.h"
#include "vmm/cli/command.h"

namespace vireo {

// The program's verbs. Each returns its exit code or throws base::Error.
struct RunOptions {
  std::string file;
  enum class Timings { kNone, kText, kJson } timings = Timings::kNone;
};
base::ExitCode run_guest(const RunOptions& options);
enum class PlanForm { kText, kJson, kSvg };
base::ExitCode show_plan(const std::string& file, PlanForm form);
base::ExitCode restore_host(bool json);
// The host's PCI functions, and which of them a guest can have.
base::ExitCode list_host(bool json, bool tree);
// VFs that stay. `settings`: keys and values, by turns.
struct VfOptions {
  std::string physical_function;
  unsigned index = 0;
  unsigned count = 0;
  std::vector<std::string> settings;
  bool json = false;
};
base::ExitCode create_host_vfs(const VfOptions& options);
base::ExitCode set_host_vf(const VfOptions& options);
base::ExitCode list_host_vfs(const VfOptions& options);
base::ExitCode release_host_vf(const VfOptions& options);
base::ExitCode destroy_host_vfs(const VfOptions& options);
// All guests that run; with a name, those that have it, in full.
base::ExitCode show_guests(const std::string& name, bool json);
// Of a guest's file, or of a comparison's.
base::ExitCode show_schema(bool comparison);
// A shell's completion script, and the man page; both say what the command line's definition says.
base::ExitCode show_completion(const cli::Command& program, const std::string& shell);
base::ExitCode show_man_page(const cli::Command& program);
// What stands between this host, or a file, and a guest that owns its devices.
struct DoctorOptions {
  std::string file;  // empty: any guest
  bool fix = false;
  bool yes = false;  // fix without asking
  bool json = false;
};
base::ExitCode run_doctor(const DoctorOptions& options);
// What each path of a guest's I/O to one medium costs.
struct CompareOptions {
  std::string file;  // empty: one of the next three
  std::string nvme;
  std::string disk;
  std::string nic;
  std::string peer;          // of the NIC's; empty: the file's
  std::string agent;         // "vireo", "fio"; empty: the file's
  bool destructive = false;  // the medium may be written
  bool json = false;
  std::string save;  // files; empty: none
  std::string report;
  std::string csv;
  std::vector<std::string> difference;  // two saved comparisons: nothing is measured
};
base::ExitCode run_compare(const CompareOptions& options);

// Parse the command line and run what it says.
base::ExitCode run_command_line(int argc, char** argv);

}  // namespace vireo
