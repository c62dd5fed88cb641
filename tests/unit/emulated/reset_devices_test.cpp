#include <gtest/gtest.h>

#include <vector>

#include "emulated/legacy/debug_exit.h"
#include "emulated/legacy/debug_port.h"
#include "emulated/legacy/keyboard_8042.h"
#include "emulated/legacy/pvpanic.h"
#include "emulated/legacy/reset_control.h"

namespace vireo::emulated {
namespace {

struct Recorder {
  unsigned resets = 0;
  std::vector<uint8_t> panics;
  std::vector<uint8_t> exits;
  MachineEvents events{.reset = [this] { ++resets; },
                       .panic = [this](uint8_t event) { panics.push_back(event); },
                       .exit = [this](uint8_t value) { exits.push_back(value); }};
};

uint8_t read(platform::IoHandler& device) {
  uint8_t value = 0;
  device.read(0, {&value, 1});
  return value;
}

void write(platform::IoHandler& device, uint8_t value) {
  device.write(0, {&value, 1});
}

TEST(Keyboard8042, ResetsOnPulse) {
  Recorder recorder;
  Keyboard8042 keyboard(recorder.events);
  write(keyboard, 0xfe);
  EXPECT_EQ(recorder.resets, 1u);
}

TEST(Keyboard8042, IgnoresOtherCommands) {
  Recorder recorder;
  Keyboard8042 keyboard(recorder.events);
  write(keyboard, 0x20);
  EXPECT_EQ(recorder.resets, 0u);
}

// Linux native_machine_emergency_restart's kb_wait polls until the input buffer (bit 1) is empty.
TEST(Keyboard8042, IsReadyForCommands) {
  Recorder recorder;
  Keyboard8042 keyboard(recorder.events);
  EXPECT_EQ(read(keyboard) & 2, 0);
}

// Linux i8042_flush gives up ("no controller") while the output buffer (bit 0) stays full.
TEST(Keyboard8042, LooksLikeNoController) {
  Recorder recorder;
  Keyboard8042 keyboard(recorder.events);
  EXPECT_EQ(read(keyboard) & 1, 1);
}

TEST(Keyboard8042, WorksWithoutAListener) {
  const MachineEvents none;
  Keyboard8042 keyboard(none);
  EXPECT_NO_FATAL_FAILURE(write(keyboard, 0xfe));
}

TEST(ResetControl, ResetsWhenTheBitRises) {
  Recorder recorder;
  ResetControl control(recorder.events);
  write(control, 0x02);
  EXPECT_EQ(recorder.resets, 0u);
  write(control, 0x06);
  EXPECT_EQ(recorder.resets, 1u);
}

TEST(ResetControl, DoesNotResetWhileTheBitStays) {
  Recorder recorder;
  ResetControl control(recorder.events);
  write(control, 0x06);
  write(control, 0x0e);
  EXPECT_EQ(recorder.resets, 1u);
}

TEST(ResetControl, KeepsDefinedBitsOnly) {
  Recorder recorder;
  ResetControl control(recorder.events);
  write(control, 0xff);
  EXPECT_EQ(read(control), 0x0e);
}

TEST(ResetControl, ResetsAgainAfterReset) {
  Recorder recorder;
  ResetControl control(recorder.events);
  write(control, 0x06);
  control.reset();
  write(control, 0x06);
  EXPECT_EQ(recorder.resets, 2u);
}

// QEMU docs/specs/pvpanic.rst: a read gives the events the device knows.
TEST(Pvpanic, SaysWhatItKnows) {
  Recorder recorder;
  Pvpanic device(recorder.events);
  EXPECT_EQ(read(device), 3);
}

TEST(Pvpanic, ReportsAPanic) {
  Recorder recorder;
  Pvpanic device(recorder.events);
  write(device, 1);
  EXPECT_EQ(recorder.panics, (std::vector<uint8_t>{Pvpanic::kPanicked}));
}

TEST(Pvpanic, IgnoresUnknownEvents) {
  Recorder recorder;
  Pvpanic device(recorder.events);
  write(device, 0xf8);
  EXPECT_TRUE(recorder.panics.empty());
}

TEST(DebugExit, SaysTheTestsValue) {
  Recorder recorder;
  DebugExit device(recorder.events);
  write(device, 0x11);
  EXPECT_EQ(recorder.exits, (std::vector<uint8_t>{0x11}));
}

TEST(DebugExit, SaysAValueOfZero) {
  Recorder recorder;
  DebugExit device(recorder.events);
  write(device, 0);
  EXPECT_EQ(recorder.exits, (std::vector<uint8_t>{0}));
}

// kvm-unit-tests lib/x86/io.c: the store has four bytes.
TEST(DebugExit, TakesAWideStoreOnce) {
  Recorder recorder;
  DebugExit device(recorder.events);
  device.write(0, std::array<uint8_t, 4>{3, 2, 1, 0});
  EXPECT_EQ(recorder.exits, (std::vector<uint8_t>{3}));
}

TEST(DebugPort, ReadsBackTheLastStore) {
  DebugPort port;
  write(port, 0x55);
  EXPECT_EQ(read(port), 0x55);
}

}  // namespace
}  // namespace vireo::emulated
