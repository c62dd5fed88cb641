#include "vfio/host/claim.h"

#include <algorithm>
#include <map>
#include <optional>

#include "vfio/host/binding.h"
#include "vfio/host/file_lock.h"
#include "vfio/host/holder.h"
#include "vfio/host/journal.h"
#include "vfio/host/restore.h"
#include "vfio/host/state_folder.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/log.h"

namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;

std::string owner_text(const std::string& guest) {
  return "guest \"" + guest + "\" (vireo, pid " + std::to_string(::getpid()) + ")";
}

}  // namespace

class Claim::State {
 public:
  State(std::string guest, const HostRoot& root, HostWriter& writer)
      : guest_(std::move(guest)), root_(root), writer_(&writer), binder_(root, writer) {}

  void take(const std::vector<ClaimedDevice>& devices) {
    if (devices.empty()) return;
    // An ordinary user may own the VFIO group of a device that is on vfio-pci already: nothing is to be changed, and
    // the kernel gives a group to one process only.
    if (nothing_to_change(devices) && !may_write_state(root_)) return;
    make_state_folders(root_);
    settle(devices);
    for (const ClaimedDevice& device : devices) take(device);
  }

  void release() noexcept {
    try {
      if (journal_) undo_all();
    } catch (const std::exception& error) {
      spdlog::error("the journal of the claim stays: {}", error.what());
    }
    journal_.reset();
    locks_.clear();
  }

  void let_go(const std::string& address) noexcept {
    try {
      if (journal_) forget(address);
    } catch (const std::exception& error) {
      spdlog::error("[{}] the journal of the claim keeps it: {}", address, error.what());
    }
    locks_.erase(address);
  }

 private:
  // Where a device goes that the host took is the host's to say; only the override would keep it.
  void forget(const std::string& address) {
    std::vector<Step> left;
    const std::vector<Step> steps = journal_->steps();
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      // A BAR cannot be resized before the host is done with the device: at the claim's end.
      if (device_of(*step) != address || std::holds_alternative<BarSizeStep>(*step))
        left.insert(left.begin(), *step);
      else if (const auto* driver = std::get_if<DriverStep>(&*step))
        binder_.undo_override(*driver);
      else if (const auto* attribute = std::get_if<AttributeStep>(&*step))
        binder_.undo(*attribute);
    }
    journal_->keep(std::move(left));
  }

  bool nothing_to_change(const std::vector<ClaimedDevice>& devices) const {
    return std::all_of(devices.begin(), devices.end(), [&](const ClaimedDevice& device) {
      return device.attributes.empty() && sizes_to_set(device).empty() &&
             read_binding(root_, device.address).driver == kVfioPci;
    });
  }

  // Lock the devices, and mend what dead claims left of them.
  void settle(const std::vector<ClaimedDevice>& devices) {
    const FileLock state = FileLock::take(state_lock_path(root_));
    std::vector<std::string> held;
    for (const ClaimedDevice& device : devices) {
      lock(device.address);
      held.push_back(device.address);
    }
    for (const Restored& restored : restore_dead(root_, *writer_, held))
      if (!restored.problem.empty())
        spdlog::warn("[{}] after an earlier claim: {}", restored.address, restored.problem);
    journal_.emplace(root_, guest_);
  }

  void lock(const std::string& address) {
    const std::string path = device_lock_path(root_, address);
    auto lock = FileLock::try_take(path);
    if (!lock)
      throw Error(ExitCode::kDevice, address + ": in use by " + lock_owner(path),
                  "end that guest first, or give this one another device");
    lock->describe(owner_text(guest_));
    locks_.emplace(address, std::move(*lock));
  }

  // What the device has now, not what the facts said a while ago, is what it gets back.
  void take(const ClaimedDevice& device) {
    const std::string& address = device.address;
    const Binding before = read_binding(root_, address);
    if (!before.present) throw Error(ExitCode::kDevice, address + ": gone from the host since it was looked at");
    if (before.driver != kVfioPci) binder_.need_vfio_driver();
    const auto sizes = sizes_to_set(device);
    if (sizes.empty())
      move(address, before, kVfioPci);
    else
      resize(address, before, sizes);
    for (const auto& [attribute, wanted] : device.attributes) set_attribute(address, attribute, wanted);
  }

  std::map<unsigned, uint64_t> sizes_to_set(const ClaimedDevice& device) const {
    std::map<unsigned, uint64_t> sizes = device.bar_sizes;
    std::erase_if(sizes, [&](const auto& size) { return binder_.bar_size(device.address, size.first) == size.second; });
    return sizes;
  }

  // The kernel resizes what no driver has. vfio-pci's unbind would wait for whoever has the device open.
  void resize(const std::string& address, const Binding& before, const std::map<unsigned, uint64_t>& sizes) {
    if (const std::string holder = before.driver == kVfioPci ? device_holder(root_, address) : ""; !holder.empty())
      throw Error(ExitCode::kDevice, address + ": its BARs cannot be resized while it is open in " + holder,
                  "end that program first");
    move(address, before, "");
    for (const auto& [bar, size] : sizes)
      add(BarSizeStep{.device = address, .bar = bar, .before = binder_.bar_size(address, bar), .wanted = size});
    move(address, read_binding(root_, address), kVfioPci);
  }

  void move(const std::string& address, const Binding& before, const std::string& target) {
    add(DriverStep{
        .device = address, .driver = before.driver, .driver_override = before.driver_override, .target = target});
  }

  template <typename AnyStep>
  void add(const AnyStep& step) {
    journal_->add(step);
    binder_.apply(step);
  }

  void set_attribute(const std::string& address, const std::string& attribute, const std::string& wanted) {
    const AttributeStep step{.device = address,
                             .attribute = attribute,
                             .before = read_attribute(root_.sys() + "/bus/pci/devices/" + address + "/" + attribute),
                             .wanted = wanted};
    if (step.before != wanted) add(step);
  }

  void undo_all() {
    std::vector<Step> left;
    const std::vector<Step> steps = journal_->steps();
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      // What was done to a device before a step that stays is not to be touched yet.
      if (any_of_device(left, device_of(*step))) {
        left.insert(left.begin(), *step);
        continue;
      }
      try {
        std::visit([&](const auto& one) { binder_.undo(one); }, *step);
      } catch (const Error& error) {
        spdlog::error("not put back: {} (help: {})", error.what(), error.help());
        left.insert(left.begin(), *step);
      }
    }
    journal_->keep(std::move(left));
  }

  std::string guest_;
  HostRoot root_;
  HostWriter* writer_;
  Binder binder_;
  std::map<std::string, FileLock> locks_;
  std::optional<Journal> journal_;
};

Claim::Claim(const std::vector<ClaimedDevice>& devices, const std::string& guest, const HostRoot& root,
             HostWriter& writer)
    : state_(std::make_unique<State>(guest, root, writer)) {
  try {
    state_->take(devices);
  } catch (...) {
    state_->release();
    throw;
  }
}

Claim::~Claim() {
  release();
}

Claim::Claim(Claim&&) noexcept = default;

Claim& Claim::operator=(Claim&& other) noexcept {
  if (this != &other) {
    release();
    state_ = std::move(other.state_);
  }
  return *this;
}

void Claim::let_go(const std::string& address) noexcept {
  if (state_) state_->let_go(address);
}

void Claim::release() noexcept {
  if (state_) state_->release();
}

}  // namespace vireo::host
