// MSI-X, MSI and INTx of real (emulated) devices against a model, from a guest's own side: random transitions, and
// after each one every interrupt is counted. Nothing may be lost, nothing invented. MSI-X: an 82574L (e1000e) at
// 01:00.0, whose ICS register fires any of its five vectors. MSI and INTx: edu at 02:00.0. Source:
// PCIe 6.0 6.1.4, 7.7.1, 7.7.2; Intel 82574 datasheet 10.2.4; QEMU docs/specs/edu.rst.
#include "tests/lab/guests/machine.h"

namespace guest {
namespace {

constexpr unsigned kTransitions = 100'000;
constexpr unsigned kEduTransitions = 20'000;
constexpr uint8_t kLineVector = 0x30;
constexpr unsigned kFirstVector = 0x40;
constexpr unsigned kTargets = 4;  // interrupt vectors that an MSI-X vector is aimed at in turn
constexpr uint32_t kMessageAddress = 0xfee00000;

uint32_t random_state = 0x76697265;
uint32_t random_below(uint32_t limit) {  // xorshift32
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state % limit;
}

uint32_t expected[256];
uint64_t fired;

// Wait until all that is due has arrived. More than that, or less after a long while, is a failure.
void check(const char* after) {
  for (unsigned vector = kLineVector; vector < 128; ++vector) {
    for (unsigned patience = 0; arrived[vector] != expected[vector] && patience < 20'000'000; ++patience)
      asm volatile("pause");
    if (arrived[vector] == expected[vector]) continue;
    print("conformance: after ");
    print(after);
    print(": vector ");
    print(vector);
    print(" arrived ");
    print(arrived[vector]);
    print(" times, not ");
    print(expected[vector]);
    print("\n");
    power_off();
  }
}

// A rocker and the model of its MSI-X vectors.
class Rocker {
 public:
  explicit Rocker(const Function& function)
      : function_(function),
        registers_(function.bar(0)),
        capability_(function.capability(0x11)),
        table_(function.bar(function.read32(capability_ + 4) & 7) + (function.read32(capability_ + 4) & ~7u)),
        pending_bits_(function.bar(function.read32(capability_ + 8) & 7) + (function.read32(capability_ + 8) & ~7u)) {
    const unsigned offered = (function.read16(capability_ + 2) & 0x7ffu) + 1;
    vectors_ = offered < kMost ? offered : kMost;
    function.write16(4, 6);
    for (unsigned vector = 0; vector < vectors_; ++vector) {
      masked_[vector] = true;
      at(table_ + 16 * vector) = kMessageAddress;
      at(table_ + 16 * vector + 4) = 0;
      aim(vector, 0);
    }
  }

  void step() {
    const unsigned vector = random_below(vectors_);
    switch (random_below(9)) {
      case 0:
      case 1:
      case 2:
        return fire(vector);
      case 3:
        return mask(vector, true);
      case 4:
      case 5:
        return mask(vector, false);
      case 6:
        return set_control(enabled_, !function_masked_);
      case 7:
        // What a disabled vector's pending bit is afterwards the specification does not say.
        return any_pending() ? mask(vector, false) : set_control(!enabled_, function_masked_);
      default:
        return aim(vector, random_below(kTargets));
    }
  }

 private:
  static constexpr unsigned kMost = 8;

  unsigned cpu_vector(unsigned vector) const { return kFirstVector + vector * kTargets + target_[vector]; }
  bool open(unsigned vector) const { return enabled_ && !function_masked_ && !masked_[vector]; }
  bool any_pending() const {
    for (const bool pending : pending_)
      if (pending) return true;
    return false;
  }
  void deliver_pending() {
    for (unsigned vector = 0; vector < vectors_; ++vector)
      if (open(vector) && pending_[vector]) {
        pending_[vector] = false;
        ++expected[cpu_vector(vector)];
      }
  }

  void fire(unsigned vector) {
    if (!enabled_) return;
    ++fired;
    if (open(vector))
      ++expected[cpu_vector(vector)];
    else
      pending_[vector] = true;
    at(registers_ + 0x20) = vector;  // TEST_IRQ
    check("a vector fired");
    check_pending_bits();
  }

  // The bits of masked vectors that fired. They may take a moment: the host's interrupt comes first.
  void check_pending_bits() {
    uint32_t wanted = 0;
    for (unsigned vector = 0; vector < vectors_; ++vector) wanted |= pending_[vector] ? 1u << vector : 0;
    uint32_t found = 0;
    for (unsigned tries = 0; tries < 1000 && (found = at(pending_bits_) & ((1u << vectors_) - 1)) != wanted; ++tries) {
    }
    if (found == wanted) return;
    print("conformance: pending bits ");
    print(found);
    print(", not ");
    print(wanted);
    print("\n");
    power_off();
  }

  void mask(unsigned vector, bool masked) {
    masked_[vector] = masked;
    deliver_pending();
    at(table_ + 16 * vector + 12) = masked ? 1 : 0;
    check(masked ? "masking" : "unmasking");
  }

  void set_control(bool enabled, bool function_masked) {
    enabled_ = enabled;
    function_masked_ = function_masked;
    deliver_pending();
    function_.write16(capability_ + 2, static_cast<uint16_t>((enabled ? 0x8000 : 0) | (function_masked ? 0x4000 : 0)));
    check("Message Control");
  }

  void aim(unsigned vector, unsigned target) {
    target_[vector] = target;
    at(table_ + 16 * vector + 8) = cpu_vector(vector);
    check("aiming");
  }

  Function function_;
  uint64_t registers_;
  unsigned capability_;
  uint64_t table_;
  uint64_t pending_bits_;
  bool enabled_ = false;
  bool function_masked_ = false;
  unsigned vectors_ = 0;
  bool masked_[kMost] = {};
  bool pending_[kMost] = {};
  unsigned target_[kMost] = {};
};

uint64_t edu_registers;

// The level ends when the device's status is clear; a handler sees to that before the end of interrupt.
void acknowledge_edu(unsigned vector) {
  if (vector == kLineVector) at(edu_registers + 0x64) = ~0u;
}

// edu: one interrupt status, by MSI or by INTx.
class Edu {
 public:
  explicit Edu(const Function& function) : function_(function), capability_(function.capability(5)) {
    function.write16(4, 6);
    edu_registers = function.bar(0);
    before_end = acknowledge_edu;
    function.write32(capability_ + 4, kMessageAddress);
    aim(0);
  }

  void step() {
    switch (random_below(6)) {
      case 0:
      case 1:
      case 2:
        return fire();
      case 3:
        return asserted_ ? fire() : enable_msi(!msi_);
      case 4:
        return msi_ ? fire() : disable_line(!line_disabled_);
      default:
        return aim(random_below(kTargets));
    }
  }

 private:
  unsigned cpu_vector() const { return kFirstVector + 32 + target_; }

  void fire() {
    ++fired;
    if (msi_)
      ++expected[cpu_vector()];
    else if (!line_disabled_)
      ++expected[kLineVector];
    else
      asserted_ = true;
    at(edu_registers + 0x60) = 1;
    check("edu fired");
    if (msi_) at(edu_registers + 0x64) = 1;
    check_status();
  }

  // PCIe 6.0 7.5.1.1.4: Interrupt Status says that INTx is asked for, whether it is disabled or not.
  void check_status() {
    const bool found = (function_.read16(6) & 8) != 0;
    if (found == asserted_) return;
    print(found ? "conformance: edu asks for INTx and should not\n" : "conformance: edu does not ask for INTx\n");
    power_off();
  }

  void disable_line(bool disabled) {
    line_disabled_ = disabled;
    if (!disabled && asserted_) {
      asserted_ = false;
      ++expected[kLineVector];
    }
    function_.write16(4, static_cast<uint16_t>(6 | (disabled ? 0x400 : 0)));
    check("DisINTx");
    check_status();
  }

  void enable_msi(bool enabled) {
    msi_ = enabled;
    function_.write16(capability_ + 2, enabled ? 1 : 0);
    check("MSI Enable");
  }

  void aim(unsigned target) {
    target_ = target;
    const bool wide = (function_.read16(capability_ + 2) & 0x80) != 0;
    function_.write16(capability_ + (wide ? 12 : 8), static_cast<uint16_t>(cpu_vector()));
    check("aiming edu");
  }

  Function function_;
  unsigned capability_;
  bool msi_ = false;
  bool line_disabled_ = false;
  bool asserted_ = false;
  unsigned target_ = 0;
};

void report(const char* what, unsigned transitions) {
  uint64_t delivered = 0;
  for (const volatile uint32_t& count : arrived) delivered += count;
  print("conformance: ");
  print(what);
  print(" ");
  print(transitions);
  print(" transitions, fired ");
  print(fired);
  print(", delivered ");
  print(delivered);
  print("\n");
}

}  // namespace

extern "C" void guest_main() {
  set_up_interrupts(kLineVector);
  Rocker rocker(Function(1, 0));
  for (unsigned i = 0; i < kTransitions; ++i) rocker.step();
  report("MSI-X", kTransitions);
  Edu edu(Function(2, 0));
  for (unsigned i = 0; i < kEduTransitions; ++i) edu.step();
  report("with MSI and INTx", kEduTransitions);
  print("conformance: ok\n");
  power_off();
}

}  // namespace guest
