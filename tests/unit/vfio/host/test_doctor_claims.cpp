// What the doctor says of devices that somebody has.
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/unit/vfio/host/doctor_fixture.h"
#include "vfio/host/claim.h"
#include "vfio/host/state_folder.h"

namespace vireo::host {
namespace {

// Somebody who is not root, until it goes: what root made for root alone is closed to them.
class OrdinaryUser {
 public:
  explicit OrdinaryUser(const Tree& tree) {
    const std::string& root = tree.root().prefix;
    ::chmod(root.c_str(), 0755);
    ::chmod(journal_folder(tree.root()).c_str(), 0);
    if (::geteuid() == 0) is_changed_ = ::seteuid(kNobody) == 0;
  }
  ~OrdinaryUser() {
    if (is_changed_) static_cast<void>(::seteuid(0));
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  bool is_changed_ = false;
};

std::vector<Finding> claims_of(const Tree& host, const std::vector<std::string>& wanted) {
  std::vector<Finding> found = examine(wanted, host.root());
  std::erase_if(found, [](const Finding& finding) { return finding.subject != "claims"; });
  return found;
}

TEST(DoctorsClaims, AreForRootToSee) {
  const RecordedHost host("lab");
  make_state_folders(host.root());
  const OrdinaryUser nobody(host);
  const auto found = claims_of(host, {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, Severity::kNote);
  EXPECT_EQ(found[0].what, "only root can see who has devices, and what is left of dead guests");
}

TEST(DoctorsClaims, OfAnotherBootAreGoneWithIt) {
  const RecordedHost host("lab");
  host.write("/proc/sys/kernel/random/boot_id", "b2\n");
  host.write("/run/vireo/claims/77-1.json",
             to_text({.boot = "b1",
                      .pid = 77,
                      .guest = "web",
                      .steps = {DriverStep{.device = kNic, .driver = "e1000e", .driver_override = "", .target = ""}}}));
  EXPECT_EQ(claims_of(host, {}).at(0).severity, Severity::kOk);
}

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
  EXPECT_EQ(claims_of(host, {kNic}).at(0).what, "0000:02:00.0 is in use by guest \"web\" (vireo, pid 77)");
  EXPECT_EQ(claims_of(host, {kNic}).at(0).severity, Severity::kError);
  EXPECT_EQ(claims_of(host, {}).at(0).severity, Severity::kNote);
  EXPECT_EQ(claims_of(host, {kNvme}).at(0).severity, Severity::kOk);
}

}  // namespace
}  // namespace vireo::host
