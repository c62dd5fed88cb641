#include <cstdio>

#include "vfio/host/vf_commands.h"
#include "vmm/commands.h"
#include "vmm/config/load.h"
#include "vmm/config/vf_keys.h"
#include "vmm/device_selection.h"
#include "vmm/vf_text.h"

namespace vireo {
namespace {

base::ExitCode print_list(const std::string& physical_function, bool json) {
  const std::vector<host::ListedPf> listed = host::list_vfs(physical_function);
  std::fputs((json ? vfs_json(listed) : vfs_text(listed)).c_str(), stdout);
  return base::ExitCode::kOk;
}

// What is wrong is the command line, not a file.
config::VfConfig parse_settings(const std::vector<std::string>& settings) {
  try {
    return config::parse_vf_settings(settings);
  } catch (const config::ConfigError& error) {
    throw base::Error(base::ExitCode::kUsage, error.what(), error.help());
  }
}

}  // namespace

base::ExitCode create_host_vfs(const VfOptions& options) {
  host::create_vfs(options.physical_function, options.count);
  return print_list(options.physical_function, options.json);
}

base::ExitCode set_host_vf(const VfOptions& options) {
  host::VfRequest request = vf_request(parse_settings(options.settings));
  request.physical_function = options.physical_function;
  request.index = options.index;
  host::set_vf(request);
  return print_list(options.physical_function, options.json);
}

base::ExitCode list_host_vfs(const VfOptions& options) {
  return print_list(options.physical_function, options.json);
}

base::ExitCode release_host_vf(const VfOptions& options) {
  host::release_vf(options.physical_function, options.index);
  return print_list(options.physical_function, options.json);
}

base::ExitCode destroy_host_vfs(const VfOptions& options) {
  host::destroy_vfs(options.physical_function);
  return print_list(options.physical_function, options.json);
}

}  // namespace vireo
