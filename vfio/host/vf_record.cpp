#include "vfio/host/vf_record.h"

#include "vfio/host/state_folder.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"
#include "vmm/base/log.h"

namespace vireo::host {

VfRecord::VfRecord(const std::string& physical_function, const HostRoot& root, HostWriter& writer)
    : path_(vf_record_path(root, physical_function)), runner_(root, writer) {
  if (exists(path_)) {
    try {
      record_ = parse_journal(base::read_text(path_));
    } catch (const base::Error& error) {
      throw base::Error(error.code(), path_ + ": " + error.what(),
                        "move it away; what it recorded is then yours to undo");
    }
  }
  // /run may have outlived a boot; VFs have not.
  if (record_.boot != boot_id(root)) record_ = {.boot = boot_id(root), .guest = "host vf", .steps = {}};
}

void VfRecord::store() {
  store_journal(path_, record_);
}

void VfRecord::add(const Step& step) {
  record_.steps.push_back(step);
  store();
  try {
    runner_.apply(step);
  } catch (const base::Error&) {
    take_back();
    throw;
  }
}

// What cannot be undone now stays recorded: release and destroy try it again.
void VfRecord::take_back() noexcept {
  try {
    runner_.undo(record_.steps.back());
    record_.steps.pop_back();
    store();
  } catch (const std::exception& error) {
    spdlog::error("not put back: {}", error.what());
  }
}

void VfRecord::undo(const std::function<bool(const Step&)>& chosen) {
  std::vector<Step>& steps = record_.steps;
  for (size_t i = steps.size(); i-- > 0;) {
    if (!chosen(steps[i])) continue;
    runner_.undo(steps[i]);
    steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(i));
    store();
  }
}

}  // namespace vireo::host
