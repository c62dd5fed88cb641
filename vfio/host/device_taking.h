#pragma once

#include <functional>
#include <map>
#include <string>

#include "vfio/host/binding.h"
#include "vfio/host/claim.h"
#include "vfio/host/journal.h"

namespace vireo::host {

// What is changed of a device so that a guest can have it: its power, driver, BAR sizes, attributes.
class DeviceTaking {
 public:
  // `add` records a step and does it. Lifetime: `binder` outlives this.
  DeviceTaking(const HostRoot& root, Binder& binder, std::function<void(const Step&)> add)
      : root_(root), binder_(&binder), add_(std::move(add)) {}

  // Return whether nothing is to be changed, so that nobody need be root.
  bool is_done(const ClaimedDevice& device) const;
  // Errors: base::Error (kDevice), naming the device and the remedy.
  void take(const ClaimedDevice& device) const;

 private:
  std::map<unsigned, uint64_t> sizes_to_set(const ClaimedDevice& device) const;
  // `sizes`: by BAR, which has another now.
  void resize(const std::string& address, const Binding& before, const std::string& driver,
              const std::map<unsigned, uint64_t>& sizes) const;
  void move(const std::string& address, const Binding& before, const std::string& target) const;
  std::string attribute(const std::string& address, const std::string& name) const;
  void set_attribute(const std::string& address, const std::string& name, const std::string& wanted) const;

  HostRoot root_;
  Binder* binder_;
  std::function<void(const Step&)> add_;
};

}  // namespace vireo::host
