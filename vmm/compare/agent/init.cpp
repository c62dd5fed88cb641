#include "vmm/compare/agent/init.h"

#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "vmm/base/fd.h"
#include "vmm/compare/agent/lines.h"

namespace vireo::agent {
namespace {

constexpr size_t kLongestName = 255;

void mount_at(const char* folder, const char* type) {
  ::mkdir(folder, 0755);
  if (::mount(type, folder, type, 0, nullptr) < 0 && errno != EBUSY)
    throw base::SystemError(base::ExitCode::kHost, std::string("cannot mount ") + folder, errno);
}

// A port that no machine has can be opened too; its settings cannot be read.
base::Fd open_terminal(const char* path, termios& settings) {
  base::Fd terminal(::open(path, O_RDWR | O_NOCTTY));
  if (!terminal || ::tcgetattr(terminal.get(), &settings) < 0)
    throw base::SystemError(base::ExitCode::kHost, std::string("cannot open ") + path, errno);
  return terminal;
}

base::Fd open_console(termios& settings) try {
  return open_terminal("/dev/ttyS0", settings);
} catch (const base::SystemError&) {
  return open_terminal("/dev/console", settings);
}

void talk_by(base::Fd console, termios settings) {
  ::cfmakeraw(&settings);
  ::cfsetspeed(&settings, B115200);
  ::tcsetattr(console.get(), TCSANOW, &settings);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(console.get(), standard);
  if (console.get() <= STDERR_FILENO) console.release();
}

void load_module(const std::string& name) {
  const base::Fd file = base::open_file("/modules/" + name, O_RDONLY);
  if (::syscall(SYS_finit_module, file.get(), "", 0) != 0 && errno != EEXIST)
    throw base::SystemError(base::ExitCode::kHost, "cannot load " + name, errno);
}

}  // namespace

void talk_by(const char* path) {
  termios settings{};
  base::Fd terminal = open_terminal(path, settings);
  talk_by(std::move(terminal), settings);
}

void set_up_guest() {
  mount_at("/dev", "devtmpfs");
  termios settings{};
  base::Fd console = open_console(settings);
  talk_by(std::move(console), settings);
  mount_at("/proc", "proc");
  mount_at("/sys", "sysfs");
}

void load_modules() {
  Lines lines;
  lines.add(base::read_text_or_empty("/modules/order") + "\n");
  while (const auto name = lines.next(kLongestName))
    if (!name->empty()) load_module(*name);
}

void power_off() {
  ::sync();
  ::reboot(RB_POWER_OFF);
  for (;;) ::pause();
}

}  // namespace vireo::agent
