// A guest that says what is in its first slot and powers off: for cases that are about its start and its end.
#include "tests/lab/guests/machine.h"

namespace guest {

extern "C" void guest_main() {
  print("device: ");
  print(Function(1, 0).read32(0));
  print("\n");
  power_off();
}

}  // namespace guest
