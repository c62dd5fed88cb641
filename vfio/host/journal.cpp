#include "vfio/host/journal.h"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "vfio/host/claim.h"
#include "vfio/host/pci_address.h"
#include "vfio/host/sysfs_reader.h"
#include "vmm/base/fd.h"

namespace vireo::host {
namespace {

using base::ExitCode;
using base::SystemError;
using nlohmann::json;

constexpr int kVersion = 1;
constexpr const char* kDriverKind = "driver";
constexpr const char* kAttributeKind = "attribute";
constexpr const char* kBarSizeKind = "bar_size";

[[noreturn]] void refuse(const std::string& why) {
  throw base::Error(ExitCode::kDevice, why);
}

json to_json(const DriverStep& step) {
  return {{"kind", kDriverKind},
          {"device", step.device},
          {"driver", step.driver},
          {"override", step.driver_override},
          {"target", step.target}};
}

json to_json(const AttributeStep& step) {
  return {{"kind", kAttributeKind},
          {"device", step.device},
          {"attribute", step.attribute},
          {"before", step.before},
          {"wanted", step.wanted}};
}

json to_json(const BarSizeStep& step) {
  return {{"kind", kBarSizeKind},
          {"device", step.device},
          {"bar", step.bar},
          {"before", step.before},
          {"wanted", step.wanted}};
}

const json& member(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) refuse(std::string("\"") + key + "\" is missing");
  return *found;
}

std::string text_of(const json& object, const char* key) {
  const json& value = member(object, key);
  if (!value.is_string()) refuse(std::string("\"") + key + "\" is not a string");
  return value.get<std::string>();
}

// A driver's or an attribute's name becomes a part of a path.
std::string name_of(const json& object, const char* key) {
  std::string name = text_of(object, key);
  if (name.find_first_of(std::string_view("/\n\0", 3)) != std::string::npos || name == "." || name == "..")
    refuse(std::string("\"") + key + "\" is not the name of a driver or an attribute");
  return name;
}

template <typename Number>
Number number_of(const json& object, const char* key) {
  const json& value = member(object, key);
  if (!value.is_number_integer()) refuse(std::string("\"") + key + "\" is not a number");
  return value.get<Number>();
}

Step parse_step(const json& object) {
  if (!object.is_object()) refuse("a step is not an object");
  const std::string kind = text_of(object, "kind");
  if (kind != kDriverKind && kind != kAttributeKind && kind != kBarSizeKind)
    refuse("step \"" + kind + "\" is unknown to this version of vireo");
  const std::string device = text_of(object, "device");
  if (!parse_address(device)) refuse("\"device\" is not a PCI address");
  if (kind == kBarSizeKind)
    return BarSizeStep{.device = device,
                       .bar = number_of<unsigned>(object, "bar"),
                       .before = number_of<uint64_t>(object, "before"),
                       .wanted = number_of<uint64_t>(object, "wanted")};
  if (kind == kAttributeKind)
    return AttributeStep{.device = device,
                         .attribute = name_of(object, "attribute"),
                         .before = text_of(object, "before"),
                         .wanted = text_of(object, "wanted")};
  return DriverStep{.device = device,
                    .driver = name_of(object, "driver"),
                    .driver_override = name_of(object, "override"),
                    .target = name_of(object, "target")};
}

// The start time tells apart two processes that got the same number: proc(5), field 22 of stat.
std::string process_name(int64_t pid) {
  const std::string stat = read_attribute("/proc/self/stat");
  const auto words = split_words(std::string_view(stat).substr(std::min(stat.rfind(')') + 1, stat.size())));
  return std::to_string(pid) + "-" + (words.size() > 19 ? std::string(words[19]) : std::string("0"));
}

uint64_t nanoseconds_since_boot() {
  timespec now = {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void write_through(const std::string& path, const std::string& text) {
  const base::Fd fd = base::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, ExitCode::kHost, 0600);
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(fd.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw SystemError(ExitCode::kHost, "cannot write " + path, errno);
    done += static_cast<size_t>(count);
  }
  if (::fsync(fd.get()) != 0) throw SystemError(ExitCode::kHost, "fsync of " + path, errno);
}

// A rename is on the medium when its folder is.
void sync_folder_of(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/'));
  const base::Fd fd = base::open_file(folder, O_RDONLY | O_DIRECTORY);
  if (::fsync(fd.get()) != 0) throw SystemError(ExitCode::kHost, "fsync of " + folder, errno);
}

void remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    throw SystemError(ExitCode::kHost, "cannot remove " + path, errno);
}

}  // namespace

bool any_of_device(const std::vector<Step>& steps, const std::string& device) {
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) { return device_of(step) == device; });
}

std::string device_of(const Step& step) {
  return std::visit([](const auto& one) { return one.device; }, step);
}

std::string to_text(const JournalRecord& record) {
  json steps = json::array();
  for (const Step& step : record.steps) steps.push_back(std::visit([](const auto& one) { return to_json(one); }, step));
  const json whole = {{"version", kVersion},   {"boot", record.boot},       {"pid", record.pid},
                      {"guest", record.guest}, {"created", record.created}, {"steps", std::move(steps)}};
  // A guest's name may have any bytes; the journal must be written all the same.
  return whole.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

JournalRecord parse_journal(const std::string& text) {
  const json whole = json::parse(text, nullptr, false);
  if (!whole.is_object()) refuse("it is cut short or not a journal");
  if (number_of<int64_t>(whole, "version") != kVersion) refuse("it is of another version of vireo");
  JournalRecord record{.boot = text_of(whole, "boot"),
                       .pid = number_of<int64_t>(whole, "pid"),
                       .guest = text_of(whole, "guest"),
                       .created = number_of<uint64_t>(whole, "created"),
                       .steps = {}};
  const json& steps = member(whole, "steps");
  if (!steps.is_array()) refuse("\"steps\" is not a list");
  for (const json& step : steps) record.steps.push_back(parse_step(step));
  return record;
}

std::string boot_id(const HostRoot& root) {
  return read_attribute(root.proc() + "/sys/kernel/random/boot_id");
}

std::string journal_lock_path(const std::string& path) {
  return path.substr(0, path.rfind('.')) + ".lock";
}

void store_journal(const std::string& path, const JournalRecord& record) {
  if (record.steps.empty()) {
    // In this order: a journal without its lock is one of the dead, and has nothing to undo any more.
    remove_file(path);
    remove_file(journal_lock_path(path));
    return;
  }
  const std::string fresh = path.substr(0, path.rfind('.')) + ".new";
  write_through(fresh, to_text(record));
  if (::rename(fresh.c_str(), path.c_str()) != 0) throw SystemError(ExitCode::kHost, "cannot rename to " + path, errno);
  sync_folder_of(path);
}

Journal::Journal(const HostRoot& root, const std::string& guest)
    : record_{
          .boot = boot_id(root), .pid = ::getpid(), .guest = guest, .created = nanoseconds_since_boot(), .steps = {}} {
  // A process may have several claims.
  const std::string stem = journal_folder(root) + "/" + process_name(record_.pid);
  for (unsigned number = 0; !lock_; ++number) {
    path_ = stem;
    if (number != 0) path_.append(".").append(std::to_string(number));
    path_ += ".json";
    // One that this process could not undo stays for restore().
    if (!exists(path_)) lock_ = FileLock::try_take(journal_lock_path(path_));
  }
}

void Journal::add(Step step) {
  record_.steps.push_back(std::move(step));
  store_journal(path_, record_);
}

void Journal::keep(std::vector<Step> steps) {
  record_.steps = std::move(steps);
  store_journal(path_, record_);
}

}  // namespace vireo::host
