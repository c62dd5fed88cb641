#include "emulated/test/test_function.h"

#include <algorithm>
#include <utility>

#include "emulated/register_bytes.h"

namespace vireo::emulated {
namespace {

using Reg = TestFunction::Reg;

constexpr uint16_t kVendor = 0x1af4;  // whose owner leaves some numbers to experiments: virtio 1.2 4.1.2
constexpr uint16_t kDevice = 0x10f1;
constexpr uint32_t kClass = 0xff0000;  // of no class: no driver takes it by that

using Register = NamedRegister<Reg>;
constexpr std::array kRegisters{Register{Reg::kIdentity, 4}, Register{Reg::kStores, 4},  Register{Reg::kRings, 4},
                                Register{Reg::kRaise, 4},    Register{Reg::kLine, 4},    Register{Reg::kScratch0, 8},
                                Register{Reg::kScratch1, 8}, Register{Reg::kDoorbell, 4}};

}  // namespace

TestFunction::TestFunction(std::string name, const Surroundings& around)
    : EndpointFunction(
          std::move(name),
          {.vendor = kVendor, .device = kDevice, .revision = 1, .class_code = kClass, .subsystem = kDevice},
          {.table = kTableStart, .pending = kPendingStart, .count = kVectors}, around),
      bells_{{{.offset = static_cast<uint64_t>(Reg::kDoorbell), .width = 0, .event = &bell_}}} {
  define_bar(0, planned_bars()[0]);
  seal();
}

pci::Bars TestFunction::planned_bars() {
  pci::Bars bars;
  bars[0] = {.kind = pci::BarKind::kMemory32, .size = kBarSize};
  return bars;
}

std::span<const pci::BarDoorbell> TestFunction::doorbells(unsigned bar) const noexcept {
  return bar == 0 ? std::span<const pci::BarDoorbell>(bells_) : std::span<const pci::BarDoorbell>();
}

void TestFunction::read_bar(unsigned, uint64_t offset, std::span<uint8_t> data) noexcept {
  if (offset >= kPendingStart) return vectors().read_pending(offset - kPendingStart, data);
  if (offset >= kTableStart) return vectors().read_table(offset - kTableStart, data);
  std::ranges::fill(data, uint8_t{0});
  const std::lock_guard lock(mutex_);
  rings_ += bell_.consume();
  load_registers<Reg>(kRegisters, offset, data, [this](Reg name) { return value_of(name); });
}

pci::BarEffects TestFunction::write_bar(unsigned, uint64_t offset, std::span<const uint8_t> data) noexcept {
  if (offset >= kTableStart) {
    if (offset < kPendingStart) vectors().write_table(offset - kTableStart, data);
    return {};
  }
  const std::lock_guard lock(mutex_);
  ++stores_;
  store_registers<Reg>(
      kRegisters, offset, data, [this](Reg name) { return value_of(name); },
      [this](Reg name, uint64_t value) { set(name, value); });
  return {};
}

uint64_t TestFunction::value_of(Reg name) const noexcept {
  switch (name) {
    case Reg::kIdentity:
      return kIdentityValue;
    case Reg::kStores:
      return stores_;
    case Reg::kRings:
      return rings_;
    case Reg::kLine:
      return line_ ? 1 : 0;
    case Reg::kScratch0:
      return scratch_[0];
    case Reg::kScratch1:
      return scratch_[1];
    case Reg::kRaise:
    case Reg::kDoorbell:
      return 0;
  }
  return 0;
}

void TestFunction::set(Reg name, uint64_t value) noexcept {
  switch (name) {
    case Reg::kRaise:
      if (!uses_msix()) line_ = true;
      return interrupt(static_cast<unsigned>(value));
    case Reg::kLine:
      line_ = (value & 1) != 0;
      if (line_) raise_line();
      return;
    case Reg::kScratch0:
      scratch_[0] = value;
      return;
    case Reg::kScratch1:
      scratch_[1] = value;
      return;
    case Reg::kDoorbell:
      return bell_.signal();  // the kernel did not take the store for a signal
    default:
      return;  // read-only
  }
}

void TestFunction::reset() noexcept {
  {
    const std::lock_guard lock(mutex_);
    line_ = false;
    bell_.consume();
    stores_ = 0;
    rings_ = 0;
    scratch_ = {};
  }
  EndpointFunction::reset();
}

}  // namespace vireo::emulated
