#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "vfio/host/interrupt_counts.h"
#include "vmm/base/bits.h"
#include "vmm/commands.h"
#include "vmm/control_socket.h"
#include "vmm/json_text.h"

namespace vireo {
namespace {

using nlohmann::json;

constexpr const char* kSilent = "does not answer: it is stopped, or reboots just now";

// What only the host's kernel knows of each vector: its interrupt there, and how often that fired.
void add_host_interrupts(json& guest) {
  const auto known = host::vfio_interrupts();
  for (json& device : guest["devices"])
    for (json& vector : device["vectors"]) {
      const auto found = known.find(host::interrupt_name(device["interrupts"], vector["vector"], device["host"]));
      if (found == known.end()) continue;
      vector["host_irq"] = found->second.irq;
      vector["count"] = found->second.count;
    }
}

std::string number_text(const json& entry, const char* key) {
  return entry.contains(key) ? std::to_string(entry[key].get<uint64_t>()) : "-";
}

std::string device_text(const json& device) {
  std::string rows;
  unsigned idle = 0;
  for (const json& vector : device["vectors"]) {
    const bool masked = vector["masked"];
    const bool pending = vector["pending"];
    if (masked && !pending && !vector.contains("host_irq")) {
      ++idle;
      continue;
    }
    rows += fmt::format("  {:>6}  {:>4}  {:<14}  {:>8}  {:>10}\n", vector["vector"].get<unsigned>(),
                        number_text(vector, "gsi"),
                        pending  ? "masked,pending"
                        : masked ? "masked"
                                 : "open",
                        number_text(vector, "host_irq"), number_text(vector, "count"));
  }
  std::string text = fmt::format("\n{} -> {}  {}\n", device["host"].get<std::string>(),
                                 device["guest"].get<std::string>(), device["interrupts"].get<std::string>());
  if (!rows.empty()) text += "  vector   GSI  state           host IRQ       count\n" + rows;
  if (idle != 0) text += fmt::format("  {} more are masked and unused\n", idle);
  return text;
}

std::string guest_text(const json& guest) {
  std::string text =
      fmt::format("guest {}: process {}, {} CPUs, {} MiB\n", guest["name"].get<std::string>(), guest["pid"].get<int>(),
                  guest["cpus"].get<unsigned>(), guest["memory"].get<uint64_t>() / base::kMiB);
  for (const json& device : guest["devices"]) text += device_text(device);
  return text;
}

std::string list_text(const std::vector<RunningGuest>& guests) {
  if (guests.empty()) return "no guest of this user runs\n";
  std::string text;
  for (const RunningGuest& guest : guests) {
    const json state = json::parse(guest.state, nullptr, false);
    if (state.is_discarded()) {
      text += guest.name + "  " + kSilent + "\n";
      continue;
    }
    text += fmt::format("{}  process {} ", guest.name, state["pid"].get<int>());
    for (const json& device : state["devices"]) text += " " + device["host"].get<std::string>();
    text += "\n";
  }
  return text;
}

std::vector<std::string> names_of(const std::vector<RunningGuest>& guests) {
  std::vector<std::string> names;
  names.reserve(guests.size());
  for (const RunningGuest& guest : guests) names.push_back(guest.name);
  return names;
}

}  // namespace

base::ExitCode show_guests(const std::string& name, bool as_json) {
  const std::string folder = control_folder();
  if (folder.empty())
    throw base::Error(base::ExitCode::kHost,
                      "where this user's guests can be found is not known: XDG_RUNTIME_DIR is not set",
                      "export XDG_RUNTIME_DIR=/run/user/$(id -u), for `vireo run` too");
  const std::vector<RunningGuest> all = running_guests(folder);
  json chosen = json::array();
  std::string text;
  std::string silent;
  for (const RunningGuest& guest : all) {
    if (!name.empty() && guest.name != name) continue;
    json state = json::parse(guest.state, nullptr, false);
    if (state.is_discarded()) {
      silent = guest.name;
      continue;
    }
    add_host_interrupts(state);
    text += (text.empty() ? "" : "\n") + guest_text(state);
    chosen.push_back(std::move(state));
  }
  if (!name.empty() && chosen.empty() && !silent.empty())
    throw base::Error(base::ExitCode::kRuntime, "guest " + name + " " + kSilent, "try again");
  if (!name.empty() && chosen.empty())
    throw base::Error(base::ExitCode::kUsage, "no guest of this user has the name " + name,
                      all.empty() ? "none runs" : fmt::format("these run: {}", fmt::join(names_of(all), ", ")));
  if (as_json)
    text = json_text(chosen);
  else if (name.empty())
    text = list_text(all);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return base::ExitCode::kOk;
}

}  // namespace vireo
