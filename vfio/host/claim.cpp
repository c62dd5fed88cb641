#include "vfio/host/claim.h"

#include <algorithm>
#include <map>
#include <optional>

#include "vfio/host/device_taking.h"
#include "vfio/host/file_lock.h"
#include "vfio/host/journal.h"
#include "vfio/host/physical_function.h"
#include "vfio/host/restore.h"
#include "vfio/host/state_folder.h"
#include "vfio/host/step_runner.h"
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
      : guest_(std::move(guest)), root_(root), writer_(&writer), runner_(root, writer) {}

  std::string take_vf(const VfRequest& request) {
    require_able(find_physical_function(request.physical_function, root_), request);
    // Whoever takes one of a PF's VFs waits for whoever makes them.
    const FileLock state = begin();
    took_vfs_ = true;
    PhysicalFunction pf = find_physical_function(request.physical_function, root_);
    if (pf.vfs.empty() && request.create != 0) {
      add(VfCountStep{.device = pf.name, .count = request.create, .autoprobe = pf.autoprobe});
      pf = find_physical_function(pf.name, root_);
    }
    const unsigned index = choose_vf(pf, request, [&](const std::string& address) {
      const std::string user = request.index ? named_vf_user(address, root_) : vf_user(address, root_);
      return user.empty() ? reserve(address) : user;
    });
    for (const Step& step : steps_to(pf, index, request, *writer_, root_)) add(step);
    return pf.vfs[index];
  }

  void take(const std::vector<ClaimedDevice>& devices) {
    if (devices.empty()) return;
    // An ordinary user may own the VFIO group of a device that is on vfio-pci already: nothing is to be changed, and
    // the kernel gives a group to one process only.
    const DeviceTaking taking(root_, runner_.binder(), [this](const Step& step) { add(step); });
    const bool nothing_to_change =
        std::ranges::all_of(devices, [&](const ClaimedDevice& device) { return taking.is_done(device); });
    if (!journal_ && nothing_to_change && !may_write_state(root_)) return;
    {
      const FileLock state = begin();
      for (const ClaimedDevice& device : devices) lock(device.address);
    }
    for (const ClaimedDevice& device : devices) taking.take(device);
  }

  void release() noexcept {
    try {
      if (journal_) give_back();
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
      const auto* driver = std::get_if<DriverStep>(&*step);
      const auto* attribute = std::get_if<AttributeStep>(&*step);
      // The rest is undone when the host is done with the device: at the claim's end.
      if (device_of(*step) != address || (driver == nullptr && attribute == nullptr))
        left.insert(left.begin(), *step);
      else if (driver != nullptr)
        runner_.binder().undo_override(*driver);
      else
        runner_.undo(*attribute);
    }
    journal_->keep(std::move(left));
  }

  // Take the state lock; the first time mend what dead claims left, and begin a journal.
  FileLock begin() {
    if (journal_) return FileLock::take(state_lock_path(root_));
    FileLock state = take_state(root_, *writer_);
    journal_.emplace(root_, guest_);
    return state;
  }

  // Take a device's lock. Return whether nobody else has it.
  bool try_lock(const std::string& address) {
    if (locks_.contains(address)) return true;
    auto lock = FileLock::try_take(device_lock_path(root_, address));
    if (!lock) return false;
    lock->describe(owner_text(guest_));
    locks_.emplace(address, std::move(*lock));
    return true;
  }

  void lock(const std::string& address) {
    if (!try_lock(address))
      throw Error(ExitCode::kDevice, address + ": in use by " + lock_owner(device_lock_path(root_, address)),
                  "end that guest first, or give this one another device");
  }

  // Take a VF's lock; return who has it.
  std::string reserve(const std::string& address) {
    if (locks_.contains(address)) return "this guest's already";
    return try_lock(address) ? std::string() : "in use by " + lock_owner(device_lock_path(root_, address));
  }

  void add(const Step& step) {
    journal_->add(step);
    runner_.apply(step);
  }

  void give_back() {
    if (!took_vfs_) return undo_all();
    // VFs are made and taken away by one process at a time.
    const FileLock state = FileLock::take(state_lock_path(root_));
    // What dead claims changed of this one's VFs, before these go.
    mend_dead(root_, *writer_);
    undo_all();
    journal_.reset();
    locks_.clear();
    // Those that an earlier claim made, and left to this one.
    mend_dead(root_, *writer_);
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
        // VFs go unlocked; whoever wants one meanwhile waits for the state lock.
        if (std::holds_alternative<VfCountStep>(*step)) locks_.clear();
        runner_.undo(*step);
      } catch (const VfsInUse& in_use) {
        spdlog::info("{}", in_use.what());
        left.insert(left.begin(), *step);
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
  StepRunner runner_;
  std::map<std::string, FileLock> locks_;
  std::optional<Journal> journal_;
  bool took_vfs_ = false;
};

Claim::Claim(const std::string& guest, const HostRoot& root, HostWriter& writer)
    : state_(std::make_unique<State>(guest, root, writer)) {}

// All or nothing.
std::string Claim::take_vf(const VfRequest& request) {
  try {
    return state_->take_vf(request);
  } catch (...) {
    state_->release();
    throw;
  }
}

void Claim::take(const std::vector<ClaimedDevice>& devices) {
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
