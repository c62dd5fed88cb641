#include "vfio/host/claim.h"

#include <algorithm>
#include <optional>

#include "vfio/host/binding.h"
#include "vfio/host/file_lock.h"
#include "vfio/host/journal.h"
#include "vfio/host/restore.h"
#include "vfio/host/state_folder.h"
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

  void take(const std::vector<HostFacts>& devices) {
    if (devices.empty()) return;
    // An ordinary user may own the VFIO group of a device that is on vfio-pci already: nothing is to be changed, and
    // the kernel gives a group to one process only.
    if (!may_write_state(root_) && all_on_vfio(devices)) return;
    make_state_folders(root_);
    settle(devices);
    for (const HostFacts& device : devices) take(device.address);
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

 private:
  bool all_on_vfio(const std::vector<HostFacts>& devices) const {
    return std::all_of(devices.begin(), devices.end(),
                       [&](const HostFacts& device) { return read_binding(root_, device.address).driver == kVfioPci; });
  }

  // Lock the devices, and mend what dead claims left of them.
  void settle(const std::vector<HostFacts>& devices) {
    const FileLock state = FileLock::take(state_lock_path(root_));
    std::vector<std::string> held;
    for (const HostFacts& device : devices) {
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
    locks_.push_back(std::move(*lock));
  }

  // What the device has now, not what the facts said a while ago, is what it gets back.
  void take(const std::string& address) {
    const Binding before = read_binding(root_, address);
    if (!before.present) throw Error(ExitCode::kDevice, address + ": gone from the host since it was looked at");
    DriverStep step{
        .device = address, .driver = before.driver, .driver_override = before.driver_override, .target = kVfioPci};
    if (step.driver != step.target) binder_.need_vfio_driver();
    journal_->add(step);
    binder_.apply(step);
  }

  void undo_all() {
    std::vector<Step> left;
    const std::vector<Step> steps = journal_->steps();
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
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
  std::vector<FileLock> locks_;
  std::optional<Journal> journal_;
};

Claim::Claim(const std::vector<HostFacts>& devices, const std::string& guest, const HostRoot& root, HostWriter& writer)
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

void Claim::release() noexcept {
  if (state_) state_->release();
}

}  // namespace vireo::host
