#include "vmm/restored_text.h"

#include "vmm/base/printable.h"
#include "vmm/json_text.h"

namespace vireo {

std::string restored_json(const std::vector<host::Restored>& restored) {
  auto list = nlohmann::json::array();
  for (const host::Restored& device : restored)
    list.push_back({{"address", device.address}, {"driver", device.driver}, {"problem", device.problem}});
  return json_text(list);
}

std::string restored_text(const std::vector<host::Restored>& restored) {
  if (restored.empty()) return "nothing to restore\n";
  std::string text;
  for (const host::Restored& device : restored) {
    const std::string state = device.driver.empty() ? "has no driver, as before" : "is back on " + device.driver;
    text += device.address + (device.problem.empty() ? " " + state : ": " + device.problem) + "\n";
  }
  return base::printable_lines(text);
}

}  // namespace vireo
