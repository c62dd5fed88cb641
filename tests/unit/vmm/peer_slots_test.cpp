#include "vmm/peer_slots.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_memory_slots.h"

namespace vireo {
namespace {

class FakeMapper final : public iommu::DmaMapper {
 public:
  base::Fd open_device(const iommu::DeviceToOpen&) override { return {}; }
  std::vector<base::IovaRange> usable_iova() const override { return {}; }
  void map(base::Iova iova, base::HostAddress, uint64_t size) override {
    if (refuses) throw base::SystemError(base::ExitCode::kHost, "VFIO_IOMMU_MAP_DMA", EFAULT);
    mapped[iova.value()] = size;
  }
  void unmap(base::Iova iova, uint64_t size) noexcept override {
    if (const auto found = mapped.find(iova.value()); found != mapped.end() && found->second == size)
      mapped.erase(found);
    ++unmaps;
  }
  std::vector<int> kvm_files() const override { return {}; }
  std::vector<int> ownership_files() const override { return {}; }

  std::map<uint64_t, uint64_t> mapped;
  unsigned unmaps = 0;
  bool refuses = false;
};

constexpr base::GuestAddress kBar(0x8'0000'0000);
constexpr base::HostAddress kHost(0x7000'0000);

class PeerSlotsTest : public testing::Test {
 protected:
  fakes::FakeMemorySlots slots_;
  FakeMapper mapper_;
  PeerSlots peers_{slots_, &mapper_};
};

TEST_F(PeerSlotsTest, MapsABarForTheOtherDevices) {
  EXPECT_TRUE(peers_.map(kBar, kHost, 0x1000, false));
  EXPECT_EQ(mapper_.mapped.at(kBar.value()), 0x1000u);
  EXPECT_EQ(slots_.mapped.at(kBar.value()).size, 0x1000u);
}

TEST_F(PeerSlotsTest, TakesItAwayWithTheSlot) {
  peers_.map(kBar, kHost, 0x1000, false);
  peers_.unmap(kBar);
  EXPECT_TRUE(mapper_.mapped.empty());
  EXPECT_TRUE(slots_.mapped.empty());
}

TEST_F(PeerSlotsTest, KeepsTheSlotWhereTheIommuRefuses) {
  mapper_.refuses = true;
  EXPECT_TRUE(peers_.map(kBar, kHost, 0x1000, false));
  peers_.unmap(kBar);
  EXPECT_EQ(mapper_.unmaps, 0u);
  EXPECT_TRUE(slots_.mapped.empty());
}

TEST_F(PeerSlotsTest, LeavesRomsOut) {
  EXPECT_TRUE(peers_.map(kBar, kHost, 0x1000, true));
  EXPECT_TRUE(mapper_.mapped.empty());
}

TEST_F(PeerSlotsTest, IsTheSlotsAloneWithoutAMapper) {
  PeerSlots alone(slots_, nullptr);
  EXPECT_TRUE(alone.map(kBar, kHost, 0x1000, false));
  alone.unmap(kBar);
  EXPECT_TRUE(slots_.mapped.empty());
}

}  // namespace
}  // namespace vireo
