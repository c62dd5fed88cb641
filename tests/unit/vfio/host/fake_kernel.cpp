#include "tests/unit/vfio/host/fake_kernel.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

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
  if (path.ends_with("_resize")) resize(relative, value);
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

// Of BAR 0 alone. Linux drivers/pci/pci-sysfs.c: EBUSY while a driver has the device.
void FakeKernel::resize(const std::string& path, const std::string& exponent) const {
  const std::string folder = path.substr(0, path.rfind('/'));
  if (!tree_.bound(folder.substr(folder.rfind('/') + 1)).empty()) fail(path, EBUSY);
  if (no_room) return;
  std::ostringstream line;
  line << "0x1000000000 0x" << std::hex << 0x1000000000 + (uint64_t{1} << (20 + std::stoi(exponent))) - 1
       << " 0x0000000000140204\n";
  tree_.write(folder + "/resource", line.str());
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
