// Any text as a comparison's file: refused by one kind of exception, or read, analysed and printed in every way.
#include <string>

#include "vmm/base/error.h"
#include "vmm/compare/diff.h"
#include "vmm/compare/histogram_csv.h"
#include "vmm/compare/html_report.h"
#include "vmm/compare/result_json.h"
#include "vmm/compare/table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vireo::compare;
  try {
    const Comparison read = parse_comparison(std::string(reinterpret_cast<const char*>(data), size), "fuzz.json");
    const Analysis analysis = analyse(read);
    comparison_text(read, analysis);
    html_report(read, analysis);
    histograms_csv(read);
    if (parse_comparison(comparison_json(read, analysis), "again.json") != read) __builtin_trap();
    difference_json(difference(read, read));
  } catch (const vireo::base::Error&) {
  }
  return 0;
}
