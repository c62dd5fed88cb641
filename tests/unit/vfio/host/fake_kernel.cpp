#include "tests/unit/vfio/host/fake_kernel.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "vfio/host/binding.h"
#include "vmm/base/error.h"

namespace vireo::host {
namespace {

[[noreturn]] void fail(const std::string& path, int error_number) {
  throw base::SystemError(base::ExitCode::kDevice, "cannot write to " + path, error_number);
}

}  // namespace

void FakeKernel::write(const std::string& path, std::string_view text) {
  if (static_cast<int>(history.size()) == killed_at) ::_exit(137);
  const std::string relative = path.substr(tree_.root().prefix.size());
  const std::string value(text);
  history.push_back(relative.substr(std::string("/sys/bus/pci/").size()) + " <- " + (value == "\n" ? "" : value));
  if (!refused.empty() && path.find(refused) != std::string::npos) fail(path, refusal);
  if (path.ends_with("/driver_override")) write_override(relative, value);
  if (path.ends_with("/reset_method")) tree_.write(relative, value + "\n");
  if (path.ends_with("/unbind")) unbind(relative, value);
  if (path.ends_with("/drivers_probe")) probe(value);
}

int FakeKernel::load_module(const std::string& name) {
  history.push_back("modprobe " + name);
  return on_load(name);
}

void FakeKernel::write_override(const std::string& path, const std::string& text) const {
  tree_.write(path, text == "\n" ? "(null)\n" : text + "\n");
}

void FakeKernel::unbind(const std::string& path, const std::string& address) const {
  if (path != "/sys/bus/pci/drivers/" + tree_.bound(address) + "/unbind") fail(path, ENODEV);
  tree_.remove("/sys/devices/pci0000:00/" + address + "/driver");
}

void FakeKernel::probe(const std::string& address) const {
  const Binding now = read_binding(tree_.root(), address);
  if (!now.driver.empty()) return;
  const auto found = natural.find(address);
  const std::string unforced = found == natural.end() ? "" : found->second;
  const std::string driver = now.driver_override.empty() ? unforced : now.driver_override;
  const auto loaded = tree_.list("/sys/bus/pci/drivers");
  const bool broken = std::find(broken_drivers.begin(), broken_drivers.end(), driver) != broken_drivers.end();
  if (!broken && std::find(loaded.begin(), loaded.end(), driver) != loaded.end()) tree_.bind(address, driver);
}

}  // namespace vireo::host
