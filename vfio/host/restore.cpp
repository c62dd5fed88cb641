#include "vfio/host/restore.h"

#include <algorithm>

#include "vfio/host/dying_owner.h"
#include "vfio/host/holder.h"
#include "vfio/host/journal.h"
#include "vfio/host/state_folder.h"
#include "vfio/host/step_runner.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"
#include "vmm/base/log.h"

// Who may undo what. A journal belongs to its owner while the owner holds the journal's lock; the kernel frees that
// lock however the owner ends. Journals without an owner belong to whoever holds the state lock. A claim holds it
// while it takes its devices' locks and has the journals of the dead undone, so it never takes for a device's own
// state what a dead claim left, and nobody undoes an old journal under a new owner.
namespace vireo::host {
namespace {

struct DeadJournal {
  std::string path;
  JournalRecord record;
  FileLock lock;
};

class Restorer {
 public:
  Restorer(const HostRoot& root, HostWriter& writer) : root_(root), runner_(root, writer) {}

  std::vector<Restored> run() {
    std::vector<DeadJournal> dead;
    for (const std::string& name : list_folder(journal_folder(root_)))
      if (name.ends_with(".json")) collect(journal_folder(root_) + "/" + name, dead);
    std::sort(dead.begin(), dead.end(),
              [](const DeadJournal& a, const DeadJournal& b) { return a.record.created > b.record.created; });
    // VFs go last: another journal may have changes of them, which they would take with them.
    for (const bool counts : {false, true})
      for (DeadJournal& journal : dead) undo(journal, counts);
    return std::move(results_);
  }

 private:
  void collect(const std::string& path, std::vector<DeadJournal>& dead) {
    await_dying_owner(path, root_);
    auto lock = FileLock::try_take(journal_lock_path(path));
    // Its owner lives; or it finished and took its journal away just now.
    if (!lock || !exists(path)) return;
    try {
      JournalRecord record = parse_journal(base::read_text(path));
      if (record.boot == boot_id(root_)) {
        dead.push_back({path, std::move(record), std::move(*lock)});
      } else {
        spdlog::info("{} is from before the last boot: removed", path);
        record.steps.clear();
        store_journal(path, record);
      }
    } catch (const base::Error& error) {
      results_.push_back({.address = "", .driver = "", .problem = path + " is skipped: " + error.what()});
    }
  }

  // `counts`: how many VFs there are, and nothing else; or all else.
  void undo(DeadJournal& journal, bool counts) {
    std::vector<Step> left;
    std::vector<Step>& steps = journal.record.steps;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step)
      // What was done to a device before a step that stays is not to be touched yet.
      if (std::holds_alternative<VfCountStep>(*step) != counts || any_of_device(left, device_of(*step)) || !undo(*step))
        left.insert(left.begin(), *step);
    const bool as_before = left == steps && (counts || !steps.empty());
    if (as_before) return;
    // The rewrite may fail; undoing twice does no harm.
    steps = std::move(left);
    try {
      store_journal(journal.path, journal.record);
    } catch (const base::Error& error) {
      results_.push_back({.address = "", .driver = "", .problem = error.what()});
    }
  }

  // Return whether the step needs no further attempt.
  bool undo(const Step& step) {
    Restored result{.address = device_of(step), .driver = "", .problem = ""};
    bool done = false;
    try {
      done = std::visit([&](const auto& one) { return undo(one, result); }, step);
    } catch (const VfsInUse& in_use) {
      result.problem = in_use.what();
      result.vfs_in_use = true;
    } catch (const base::Error& error) {
      result.problem = error.what();
      if (!error.help().empty()) result.problem += " (help: " + error.help() + ")";
    }
    result.driver = read_binding(root_, result.address).driver;
    // A device is told of once, by its driver, which it got last.
    const bool same = !results_.empty() && results_.back().address == result.address && results_.back().problem.empty();
    if (same && result.problem.empty())
      results_.back() = std::move(result);
    else if (std::holds_alternative<DriverStep>(step) || !result.problem.empty())
      results_.push_back(std::move(result));
    return done;
  }

  // The device's lock. Nothing: another one has it.
  bool lock(const std::string& device, std::optional<FileLock>& lock, Restored& result) {
    const std::string path = device_lock_path(root_, device);
    lock = FileLock::try_take(path);
    if (!lock) result.problem = "held by " + lock_owner(path) + ": left for later";
    return lock.has_value();
  }

  bool undo(const DriverStep& step, Restored& result) {
    if (!exists(root_.sys() + "/bus/pci/devices/" + step.device)) {
      result.problem = "no longer on this host: nothing to put back";
      return true;
    }
    std::optional<FileLock> held;
    if (!lock(step.device, held, result)) return false;
    // vfio-pci's unbind waits until the last user is gone, and everyone who wants the state lock with it.
    if (read_binding(root_, step.device).driver == step.target && step.driver != step.target)
      if (const std::string holder = device_holder(root_, step.device); !holder.empty()) {
        result.problem = "open in " + holder + ": left for later";
        return false;
      }
    runner_.undo(step);
    return true;
  }

  // What is changed beside the driver.
  template <typename AnyStep>
  bool undo(const AnyStep& step, Restored& result) {
    std::optional<FileLock> held;
    if (!lock(step.device, held, result)) return false;
    // What a controller keeps for a VF outlives the VF.
    constexpr bool kOutlives = std::is_same_v<AnyStep, NvmeResourcesStep>;
    if (kOutlives || exists(root_.sys() + "/bus/pci/devices/" + step.device)) runner_.undo(step);
    return true;
  }

  HostRoot root_;
  StepRunner runner_;
  std::vector<Restored> results_;
};

}  // namespace

std::vector<Restored> restore_dead(const HostRoot& root, HostWriter& writer) {
  return Restorer(root, writer).run();
}

void mend_dead(const HostRoot& root, HostWriter& writer) {
  for (const Restored& restored : restore_dead(root, writer))
    if (!restored.problem.empty() && !restored.vfs_in_use)
      spdlog::warn("[{}] after an earlier claim: {}", restored.address, restored.problem);
}

FileLock take_state(const HostRoot& root, HostWriter& writer) {
  make_state_folders(root);
  FileLock state = FileLock::take(state_lock_path(root));
  mend_dead(root, writer);
  return state;
}

std::vector<Restored> restore(const HostRoot& root, HostWriter& writer) {
  // Nothing was ever claimed since the boot.
  if (!exists(journal_folder(root))) return {};
  make_state_folders(root);
  const FileLock state = FileLock::take(state_lock_path(root));
  return restore_dead(root, writer);
}

}  // namespace vireo::host
