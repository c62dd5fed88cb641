// What a driver does with its devices' DMA, by its name.
#include "iommu/driver_dma.h"

#include <gtest/gtest.h>

namespace vireo::iommu {
namespace {

TEST(VfioDriver, IsKnownByItsName) {
  EXPECT_TRUE(is_vfio_driver("vfio-pci"));
  EXPECT_TRUE(is_vfio_driver("mlx5_vfio_pci"));
  EXPECT_FALSE(is_vfio_driver("nvme"));
  EXPECT_FALSE(is_vfio_driver(""));
}

TEST(DriverDma, IsLeftAloneByVfioAndByWhatDoesNone) {
  EXPECT_TRUE(leaves_dma_alone(""));
  EXPECT_TRUE(leaves_dma_alone("mlx5_vfio_pci"));
  EXPECT_TRUE(leaves_dma_alone("pcieport"));
  EXPECT_FALSE(leaves_dma_alone("nvme"));
}

}  // namespace
}  // namespace vireo::iommu
