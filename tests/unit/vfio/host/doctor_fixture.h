#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/vfio/host/recorded_host.h"
#include "vfio/host/doctor/doctor.h"
#include "vfio/host/journal.h"
#include "vmm/base/error.h"

namespace vireo::host {

inline const std::string kNvmePort = "0000:00:03.0";
inline const std::string kNvme = "0000:01:00.0";  // has SR-IOV, group 7
inline const std::string kNicPort = "0000:00:04.0";
inline const std::string kNic = "0000:02:00.0";  // group 8

// What is wrong with a recorded host, and what the doctor says of it.
struct Illness {
  const char* name;
  std::function<void(const RecordedHost&)> change;
  std::vector<std::string> wanted;
  Severity severity;
  const char* subject;
  const char* what;
  const char* why;
  const char* mend;
};

inline void PrintTo(const Illness& illness, std::ostream* stream) {
  *stream << illness.name;
}

inline std::string describe(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += std::to_string(static_cast<int>(finding.severity)) + " " + finding.subject + ": " + finding.what +
            "\n  why " + finding.why + "\n  mend " + finding.mend + "\n";
  return text;
}

// One finding is as the table says, and has evidence.
inline void expect_finding(const Illness& illness) {
  const RecordedHost host("lab");
  illness.change(host);
  const std::vector<Finding> findings = examine(illness.wanted, host.root());
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  const auto found = std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.severity == illness.severity && finding.subject == illness.subject &&
           has(finding.what, illness.what) && has(finding.why, illness.why) && has(finding.mend, illness.mend);
  });
  ASSERT_NE(found, findings.end()) << describe(findings);
  EXPECT_FALSE(found->evidence.empty());
}

}  // namespace vireo::host
