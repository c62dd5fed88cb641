#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/vfio/host/fake_kernel.h"
#include "tests/unit/vfio/host/tree.h"
#include "vfio/host/claim.h"
#include "vmm/base/error.h"

namespace vireo::host {

inline const std::string kFirst = "0000:01:00.1";
inline const std::string kSecond = "0000:01:00.2";

// Two NVMe VFs on nvme, vfio-pci loaded, an IOMMU.
class ClaimTest : public testing::Test {
 protected:
  ClaimTest() : kernel(tree) {
    tree.driver("vfio-pci");
    add(kFirst, 1);
    add(kSecond, 2);
  }

  void add(const std::string& address, unsigned group) {
    tree.device(address);
    tree.group(address, group);
    tree.bind(address, "nvme");
    kernel.natural[address] = "nvme";
  }

  Claim claim(const std::vector<std::string>& addresses) {
    std::vector<ClaimedDevice> devices(addresses.size());
    std::transform(addresses.begin(), addresses.end(), devices.begin(), [this](const std::string& address) {
      return ClaimedDevice{
          .address = address, .driver = driver, .power = power, .attributes = attributes, .bar_sizes = bar_sizes};
    });
    Claim taken("web", tree.root(), kernel);
    taken.take(devices);
    return taken;
  }

  std::string refusal(const std::vector<std::string>& addresses) {
    try {
      claim(addresses);
    } catch (const base::Error& error) {
      return std::string(error.what()) + "; help: " + error.help();
    }
    return "no error";
  }

  // Do something in a process that is killed instead of its nth write to sysfs; return what it exited with.
  template <typename Work>
  int killed_at(int write, const Work& work) {
    const pid_t child = ::fork();
    if (child == 0) {
      kernel.killed_at = write;
      work();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  }

  int claim_killed_at(int write, const std::vector<std::string>& addresses) {
    return killed_at(write, [&] {
      const Claim held = claim(addresses);  // NOLINT(clang-analyzer-deadcode.DeadStores)
      ::_exit(0);
    });
  }

  int restore_killed_at(int write) {
    return killed_at(write, [&] { restore_all(); });
  }

  std::vector<std::string> journals() const { return tree.list("/run/vireo/claims"); }
  std::vector<Restored> restore_all() { return restore(tree.root(), kernel); }

  Tree tree;
  FakeKernel kernel;
  std::string driver;
  std::string power;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::map<unsigned, uint64_t> bar_sizes;
};

}  // namespace vireo::host
