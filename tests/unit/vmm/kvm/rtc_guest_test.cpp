// The clock's interrupt in a guest of a few instructions: from the timer by the event loop and IRQ 8 to the guest's
// handler.
#include <thread>

#include "emulated/legacy/rtc_cmos.h"
#include "emulated/legacy/wall_timer.h"
#include "tests/unit/vmm/kvm/tiny_guest.h"

namespace vireo::kvm {
namespace {

class RtcGuest : public TinyGuestFixture {
 protected:
  void SetUp() override {
    TinyGuestFixture::SetUp();
    if (IsSkipped()) return;
    rtc_ = std::make_unique<emulated::RtcCmos>(
        *routes_, emulated::RtcCmos::Host{.wake_at = [this](std::optional<int64_t> time) { timer_.set(time); }});
    ports_.add(platform::kRtcPort, 2, *rtc_);
    thread_ = std::thread([this] { loop_.run(); });
  }
  void TearDown() override {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }

  platform::EventLoop loop_;
  std::unique_ptr<emulated::RtcCmos> rtc_;
  emulated::WallTimer timer_{loop_, [this] { rtc_->wake(); }};
  std::thread thread_;
};

// 1024 Hz, the rate at power-on. The handler tells what register C says; the loop before the other answer is many times
// as long as a period.
TEST_F(RtcGuest, InterruptsPeriodically) {
  constexpr uint8_t kInterrupt = 0x70;
  constexpr uint16_t kHandler = 0x2000;
  // mov al, 0x0c; out 0x70, al; in al, 0x71; mov dx, 0x500; out dx, al; jmp to itself
  memory_->write(base::GuestAddress(kHandler),
                 std::vector<uint8_t>{0xb0, 0x0c, 0xe6, 0x70, 0xe4, 0x71, 0xba, 0x00, 0x05, 0xee, 0xeb, 0xfe});
  memory_->write(base::GuestAddress(4 * kInterrupt), std::vector<uint8_t>{0, kHandler >> 8, 0, 0});
  run({
      0xb0, 0x11, 0xe6, 0x20, 0xe6, 0xa0,  // Intel 8259A: ICW1 of both controllers
      0xb0, 0x08, 0xe6, 0x21,              // ICW2: IRQ 0 is interrupt 8,
      0xb0, 0x70, 0xe6, 0xa1,              // IRQ 8 is 0x70
      0xb0, 0x04, 0xe6, 0x21,              // ICW3: the second is at IRQ 2
      0xb0, 0x02, 0xe6, 0xa1,              //
      0xb0, 0x01, 0xe6, 0x21, 0xe6, 0xa1,  // ICW4: 8086
      0xb0, 0xfb, 0xe6, 0x21,              // unmask IRQ 2
      0xb0, 0xfe, 0xe6, 0xa1,              // and IRQ 8
      0xb0, 0x0c, 0xe6, 0x70, 0xe4, 0x71,  // read register C
      0xb0, 0x0b, 0xe6, 0x70,              // register B:
      0xb0, 0x42, 0xe6, 0x71,              // periodic interrupts
      0xfb,                                // sti
      0x66, 0xb9, 0x00, 0x00, 0x01, 0x00,  // mov ecx, 0x10000
      0xe4, 0x84,                          // in al, 0x84: nobody answers, but it takes microseconds
      0x67, 0xe2, 0xfb,                    // loop to it, by ecx
      0xb0, 0x00, 0xba, 0x00, 0x05, 0xee   // mov al, 0; mov dx, 0x500; out dx, al
  });
  EXPECT_EQ(end_.last_value & 0xc0, 0xc0);
}

}  // namespace
}  // namespace vireo::kvm
