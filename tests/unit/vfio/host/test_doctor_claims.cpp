// What the doctor says of devices that somebody has.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/unit/vfio/host/doctor_fixture.h"
#include "vfio/host/state_folder.h"

namespace vireo::host {
namespace {

// cloud-hypervisor#8367: "device or resource busy", and nobody says by whom.
TEST(DoctorsClaims, NameWhoHasADevice) {
  const RecordedHost host("lab");
  const std::string path = device_lock_path(host.root(), kNic);
  host.write(path.substr(host.root().prefix.size()), "guest \"web\" (vireo, pid 77)");
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  char line[128];
  std::snprintf(line, sizeof line, "1: FLOCK  ADVISORY  WRITE 77 %02x:%02x:%lu 0 EOF\n", major(status.st_dev),
                minor(status.st_dev), status.st_ino);
  host.write("/proc/locks", line);
  const auto claims = [&](const std::vector<std::string>& wanted) {
    for (const Finding& finding : examine(wanted, host.root()))
      if (finding.subject == "claims") return finding;
    return Finding{};
  };
  EXPECT_EQ(claims({kNic}).what, "0000:02:00.0 is in use by guest \"web\" (vireo, pid 77)");
  EXPECT_EQ(claims({kNic}).severity, Severity::kError);
  EXPECT_EQ(claims({}).severity, Severity::kNote);
  EXPECT_EQ(claims({kNvme}).severity, Severity::kOk);
}

}  // namespace
}  // namespace vireo::host
