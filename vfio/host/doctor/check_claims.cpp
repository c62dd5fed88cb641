#include <cerrno>
#include <set>

#include "vfio/host/claim.h"
#include "vfio/host/doctor/checks.h"
#include "vfio/host/held_locks.h"
#include "vfio/host/journal.h"
#include "vfio/host/state_folder.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/error.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

constexpr const char* kSubject = "claims";

void check_journal(const ExaminedHost& host, const std::string& path, Findings& findings) {
  const std::string file = path.substr(host.root().prefix.size());
  try {
    const JournalRecord record = parse_journal(base::read_text(path));
    if (record.boot != boot_id(host.root())) return;
    std::set<std::string> devices;
    std::string text;
    for (const Step& step : record.steps)
      if (devices.insert(device_of(step)).second) text += (text.empty() ? "" : ", ") + device_of(step);
    findings.push_back(
        {.severity = Severity::kWarning,
         .subject = kSubject,
         .what = "guest \"" + record.guest + "\" is gone, and what was changed for it is not undone: " + text,
         .why = "its vireo, pid " + std::to_string(record.pid) + ", was killed",
         .evidence = {{file, std::to_string(record.steps.size()) + " steps"}},
         .mend = "vireo host restore"});
  } catch (const base::Error& error) {
    findings.push_back({.severity = Severity::kWarning,
                        .subject = kSubject,
                        .what = file + " cannot be read",
                        .evidence = {{file, error.what()}},
                        .mend = "look at what it names, and remove it"});
  }
}

// cloud-hypervisor#8367: "device or resource busy", and nobody says by whom.
void check_holders(const ExaminedHost& host, const HeldLocks& locks, Findings& findings) {
  for (const HostFacts* facts : host.patients()) {
    const std::string owner = locks.owner_of(facts->address);
    if (owner.empty()) continue;
    findings.push_back({.severity = host.is_wanted(facts->address) ? Severity::kError : Severity::kNote,
                        .subject = kSubject,
                        .what = facts->address + " is in use by " + owner,
                        .evidence = {{device_lock_path({}, facts->address), "locked"}},
                        .mend = "end that guest, or take another device: vireo host list"});
  }
}

// make_state_folders() lets only root look; to an ordinary user it would seem empty.
bool is_hidden(const std::string& folder) {
  const base::Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return !fd && errno == EACCES;
}

}  // namespace

void check_claims(const ExaminedHost& host, Findings& findings) {
  const size_t before = findings.size();
  const HeldLocks locks(host.root());
  const std::string folder = journal_folder(host.root());
  if (is_hidden(folder))
    findings.push_back({.severity = Severity::kNote,
                        .subject = kSubject,
                        .what = "only root can see who has devices, and what is left of dead guests",
                        .evidence = {{journal_folder({}), base::errno_text(EACCES)}},
                        .mend = "run it as root"});
  for (const std::string& name : list_folder(folder)) {
    std::string path = folder;
    path.append("/").append(name);
    if (name.ends_with(".json") && !locks.holds(journal_lock_path(path))) check_journal(host, path, findings);
  }
  check_holders(host, locks, findings);
  if (findings.size() == before)
    findings.push_back({.severity = Severity::kOk, .subject = kSubject, .what = "nothing is left of dead guests"});
}

}  // namespace vireo::host
