// What `vireo doctor` prints.
#include "vmm/doctor_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vireo {
namespace {

using host::Finding;
using host::Severity;

const Finding kWell{
    .severity = Severity::kOk, .subject = "kvm", .what = "/dev/kvm can be opened", .evidence = {{"/dev/kvm", "there"}}};
const Finding kIll{.severity = Severity::kError,
                   .subject = "iommu",
                   .what = "the IOMMU is off",
                   .why = "nobody switched it on",
                   .evidence = {{"/proc/cmdline", "quiet"}, {"/proc/interrupts", "a\nb\t c"}},
                   .mend = "put intel_iommu=on"};
const Finding kDoubt{.severity = Severity::kWarning, .subject = "claims", .what = "gone", .mend = "vireo host restore"};

TEST(DoctorText, IsOneLineOfWhatIsWell) {
  EXPECT_EQ(findings_text({kWell}), "ok       kvm: /dev/kvm can be opened\n\n0 errors, 0 warnings, 0 notes\n");
}

TEST(DoctorText, SaysWhatWhyWhereAndWhatMends) {
  EXPECT_EQ(findings_text({kIll}),
            "error    iommu: the IOMMU is off\n"
            "           why   nobody switched it on\n"
            "           seen  /proc/cmdline = quiet\n"
            "           seen  /proc/interrupts = a b c\n"
            "           mend  put intel_iommu=on\n"
            "\n1 error, 0 warnings, 0 notes\n");
}

TEST(DoctorText, CutsLongEvidence) {
  Finding finding = kIll;
  finding.evidence = {{"/proc/cmdline", std::string(1000, 'x')}};
  EXPECT_NE(findings_text({finding}).find(std::string(160, 'x') + "...\n"), std::string::npos);
}

TEST(DoctorText, SaysWhatItCanMend) {
  EXPECT_NE(findings_text({kDoubt, kIll}).find("`vireo doctor --fix` can mend 1\n"), std::string::npos);
}

TEST(DoctorText, IsJson) {
  const auto list = nlohmann::json::parse(findings_json({kIll, kDoubt}));
  EXPECT_EQ(list[0]["severity"], "error");
  EXPECT_EQ(list[0]["subject"], "iommu");
  EXPECT_EQ(list[0]["evidence"][0]["file"], "/proc/cmdline");
  EXPECT_EQ(list[0]["fixable"], false);
  EXPECT_EQ(list[1]["fixable"], true);
}

TEST(DoctorText, HasNothingThatATerminalObeys) {
  Finding finding = kIll;
  finding.what = "in use by \x1b[2J\xe9";
  finding.evidence = {{"/sys/x", "a\x1b]0;x\a"}};
  EXPECT_NE(findings_text({finding}).find("iommu: in use by ?[2J?\n"), std::string::npos);
  EXPECT_NE(findings_text({finding}).find("/sys/x = a?]0;x?\n"), std::string::npos);
}

// Files of a host are bytes.
TEST(DoctorText, IsJsonWhateverTheEvidence) {
  Finding finding = kIll;
  finding.evidence = {{"/sys/x", "\xff\xfe"}};
  EXPECT_TRUE(nlohmann::json::accept(findings_json({finding})));
}

TEST(DoctorText, EndsByTheGravest) {
  EXPECT_EQ(exit_code({kWell}), base::ExitCode::kOk);
  EXPECT_EQ(exit_code({kWell, {.severity = Severity::kNote}}), base::ExitCode::kOk);
  EXPECT_EQ(exit_code({kWell, kDoubt}), base::ExitCode::kWarnings);
  EXPECT_EQ(exit_code({kDoubt, kIll, kWell}), base::ExitCode::kErrors);
}

}  // namespace
}  // namespace vireo
