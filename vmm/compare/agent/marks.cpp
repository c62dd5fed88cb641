#include "vmm/compare/agent/marks.h"

#include <signal.h>
#include <ucontext.h>

namespace vireo::agent {
namespace {

constexpr unsigned kHypercallLength = 3;  // of both: 0f 01 c1, 0f 01 d9

// "AuthenticAMD" or "HygonGenuine", of which this is the part in EBX. AMD APM volume 3, appendix E.3.1.
bool has_vmmcall() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  __cpuid(0, a, b, c, d);
  return b == signature_AMD_ebx || b == 0x6f677948;
}

// Go on behind a hypercall that nobody takes: an emulator that is no hypervisor. It would be the end of the guest.
void step_over(int, siginfo_t*, void* context) {
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += kHypercallLength;
}

}  // namespace

Marks::Marks(bool traced) : traced_(traced), amd_(traced && has_vmmcall()) {
  if (!traced) return;
  struct sigaction action {};
  action.sa_sigaction = step_over;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGILL, &action, nullptr);
}

}  // namespace vireo::agent
