#pragma once

#include <optional>
#include <string>

#include "vmm/base/fd.h"
#include "vmm/compare/agent/fio.h"
#include "vmm/compare/agent/work.h"

namespace vireo::agent {

// The medium that is measured: a block device or a file, without the page cache.
class Disk final : public Target {
 public:
  // Wait for it to be there, open it and read its first blocks. `own`: it is this guest's, and what schedules its I/O
  // is left out; on a host that is the user's to say. `fio`: what does its I/O; nothing: we do. Errors:
  // base::SystemError.
  Disk(std::string path, bool own, std::optional<Fio> fio = {});

  const Medium& medium() const override { return medium_; }
  std::unique_ptr<Work> prepare(const Order& order) override;

 private:
  int file(Operation operation);
  void leave_out_scheduler() const;
  uint64_t read_size() const;
  uint64_t read_hash() const;

  std::string path_;
  base::Fd file_;
  std::optional<Fio> fio_;
  bool writable_ = false;
  Medium medium_;
};

}  // namespace vireo::agent
