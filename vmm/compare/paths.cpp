#include "vmm/compare/paths.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>

#include "vmm/base/fd.h"
#include "vmm/boot/initramfs.h"
#include "vmm/compare/agent_image.h"
#include "vmm/compare/disk_medium.h"
#include "vmm/compare/guest_file.h"
#include "vmm/compare/nic_medium.h"
#include "vmm/compare/scratch.h"
#include "vmm/compare/users_guest.h"

namespace vireo::compare {
namespace {

using base::ExitCode;

void require_file(const std::string& path, const char* key) {
  if (::access(path.c_str(), R_OK) != 0)
    throw base::SystemError(ExitCode::kBootImage, path, errno,
                            std::string("name one in the file: `guest: {") + key + ": ...}`");
}

// A kernel with the agent, and nothing else.
void write_own_initramfs(const std::string& name, const Route& route, const GuestFiles& files) {
  require_file(files.kernel, "kernel");
  require_file(files.modules + "/modules.dep", "modules");
  std::vector<std::string> wanted = route.modules;
  if (!route.alias.empty()) wanted.push_back(boot::module_for(files.modules, route.alias));
  boot::InitramfsSettings settings{.init = agent_image(), .modules = files.modules, .wanted = wanted};
  if (files.fio) settings.files = files.fio->guests;
  boot::write_initramfs(settings, files.folder + "/" + name + ".initrd");
}

// Return the file that `vireo run` takes.
std::string write_guest(const std::string& name, const config::CompareConfig& config, const Route& route,
                        const GuestFiles& files) {
  if (config.image.empty())
    write_own_initramfs(name, route, files);
  else
    write_user_data(files);
  std::string path = files.folder + "/" + name + ".yaml";
  write_scratch(path, guest_file(name, config, route, files));
  return path;
}

// For each start: what cloud-init did in an older copy it would not do again.
void copy_first(SessionSettings& session, const std::string& image, const std::string& copy, const StopSignal& stop) {
  require_file(image, "image");
  session.provide = [image, copy, &stop, next = session.provide] {
    copy_image(image, copy, stop);
    return next ? next() : nullptr;
  };
}

}  // namespace

std::unique_ptr<Medium> find_medium(const config::CompareConfig& config) {
  if (!config.nic.empty()) return std::make_unique<NicMedium>(config, NicMedium::find(config));
  return std::make_unique<DiskMedium>(config, DiskMedium::find(config));
}

GuestFiles find_guest_files(const config::CompareConfig& config) {
  utsname host{};
  ::uname(&host);
  const std::string release = host.release;
  return {.kernel = config.kernel.empty() ? "/boot/vmlinuz-" + release : config.kernel,
          .modules = config.modules.empty() ? "/lib/modules/" + release : config.modules,
          .folder = {},
          .vireo = "/proc/self/exe",
          .agent = {},
          .fio = {}};
}

Contender prepare_path(const std::string& name, const config::CompareConfig& config, const Medium& medium,
                       const GuestFiles& files, const StopSignal& stop) {
  const Route route = medium.route(name);
  Contender contender{.result = {.name = name, .kind = route.kind, .device = route.device, .failure = {}, .cases = {}},
                      .exclusive = route.exclusive,
                      .session = nullptr};
  SessionSettings session{
      .child = {.command = {files.agent}, .log = files.folder + "/" + name + ".log", .own_network = route.own_network},
      .words = route.words,
      .provide = route.provide,
      .is_guest = !route.guest_device.empty(),
      .time_limit = config.time_limit};
  if (config.inject.path == name) {
    session.extra_exits = config.inject.exits;
    session.extra_instructions = config.inject.instructions;
  }
  const bool users_guest = session.is_guest && !config.image.empty();
  if (users_guest) copy_first(session, config.image, system_copy(name, files), stop);
  if (files.fio) session.fio = fio_words(*files.fio, session.is_guest && !users_guest);
  if (session.is_guest) session.child.command = {files.vireo, "run", write_guest(name, config, route, files)};
  contender.session = make_session(std::move(session), stop);
  return contender;
}

}  // namespace vireo::compare
