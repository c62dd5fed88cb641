#pragma once

#include <signal.h>

#include "vmm/base/fd.h"

namespace vireo::compare {

// Ctrl-C, and other requests to end, as a file that becomes readable: what waits for anything waits for it too. One at
// a time lives; the signals do what they did before when it goes.
class StopSignal {
 public:
  // Errors: SystemError (kHost).
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // Readable once it was asked for, and from then on.
  int fd() const { return file_.get(); }
  bool requested() const;

 private:
  sigset_t before_{};
  base::Fd file_;
};

}  // namespace vireo::compare
