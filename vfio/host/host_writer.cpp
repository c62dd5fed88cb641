#include "vfio/host/host_writer.h"

#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>

#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

// The program that the kernel itself runs to load a module: Documentation/admin-guide/sysctl/kernel.rst
std::string modprobe_path() {
  const std::string path = base::read_text_or_empty("/proc/sys/kernel/modprobe");
  return path.starts_with('/') ? path : "/sbin/modprobe";
}

class KernelWriter : public HostWriter {
 public:
  void write(const std::string& path, std::string_view text) override {
    base::write_text(path, text, base::ExitCode::kDevice);
  }

  int load_module(const std::string& name) override {
    const std::string path = modprobe_path();
    std::string words[] = {path, "-q", "--", name};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    char* environment[] = {nullptr};
    pid_t child = -1;
    if (::posix_spawn(&child, path.c_str(), nullptr, nullptr, arguments, environment) != 0) return -1;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
      if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  VfPolicy read_policy(const std::string& interface, unsigned vf) override { return read_vf_policy(interface, vf); }
  void write_policy(const std::string& interface, unsigned vf, const VfPolicy& policy) override {
    write_vf_policy(interface, vf, policy);
  }
  NvmeResources read_resources(const std::string& node, unsigned vf) override { return read_nvme_resources(node, vf); }
  void write_resources(const std::string& node, unsigned vf, const NvmeResources& resources) override {
    write_nvme_resources(node, vf, resources);
  }
};

}  // namespace

HostWriter& kernel_writer() {
  static KernelWriter writer;
  return writer;
}

}  // namespace vireo::host
