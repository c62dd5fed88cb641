#include "vmm/console.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vireo {
namespace {

constexpr uint8_t kEscape = 0x01;  // Ctrl-A
constexpr size_t kFlushSize = 4096;
constexpr int kPatience = 500;           // ms
constexpr long kFlushDelay = 5'000'000;  // ns: a prompt without a newline shows after this

// What a crash handler may touch.
termios saved_terminal;
volatile sig_atomic_t terminal_is_raw = 0;

void restore_terminal() {
  if (terminal_is_raw == 0) return;
  terminal_is_raw = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_terminal);
}

void on_crash(int signal) {
  restore_terminal();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

// Write without ever blocking in write(2): what poll(2) calls writable takes PIPE_BUF bytes. pipe(7).
// Return how many bytes are done with; fewer than all when the reader took nothing for `patience` ms.
size_t write_what_fits(int fd, std::span<const uint8_t> data, int patience) noexcept {
  size_t done = 0;
  while (done < data.size()) {
    pollfd query{.fd = fd, .events = POLLOUT, .revents = 0};
    if (::poll(&query, 1, patience) <= 0) return done;
    const ssize_t written = ::write(fd, data.data() + done, std::min<size_t>(data.size() - done, PIPE_BUF));
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) return done;
    if (written <= 0) return data.size();  // the reader is gone: the guest runs on
    done += static_cast<size_t>(written);
  }
  return done;
}

}  // namespace

Console::Console(const config::ConsoleConfig& config, platform::EventLoop& loop, std::function<void()> quit)
    : loop_(loop), quit_(std::move(quit)), flush_timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  using Kind = config::ConsoleConfig::Kind;
  if (config.kind == Kind::kNone) return;
  loop_.watch(flush_timer_.get(), [this](uint32_t) {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(flush_timer_.get(), &count, sizeof count);
    // This thread serves the signals: it waits for nobody.
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return arm_flush(true);
    flush(Wait::kNot);
    arm_flush(!pending_output_.empty());
  });
  if (config.kind == Kind::kFile) {
    file_ = base::open_file(config.path, O_WRONLY | O_CREAT | O_TRUNC, base::ExitCode::kConfig);
    output_ = file_.get();
    return;
  }
  output_ = STDOUT_FILENO;
  loop_.watch(resume_.get(), [this](uint32_t) {
    resume_.consume();
    if (regular_input_ && pending_input_.empty() && input_ >= 0)
      read_input();
    else
      offer();
  });
  input_ = STDIN_FILENO;
  struct stat status {};
  ::fstat(input_, &status);
  regular_input_ = S_ISREG(status.st_mode);
  const bool terminal = S_ISCHR(status.st_mode) && ::isatty(input_);
  if (terminal) set_raw();
  if (S_ISCHR(status.st_mode) && !terminal) input_ = -1;  // /dev/null: epoll does not take it
}

Console::~Console() {
  {
    const std::lock_guard lock(mutex_);
    flush(Wait::kBriefly);
  }
  stop_input();
  loop_.unwatch(resume_.get());
  loop_.unwatch(flush_timer_.get());
  restore_terminal();
}

void Console::set_raw() {
  if (::tcgetattr(input_, &saved_terminal) < 0) return;
  terminal_is_raw = 1;
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE}) ::signal(signal, on_crash);
  termios raw = saved_terminal;
  ::cfmakeraw(&raw);
  raw.c_oflag = saved_terminal.c_oflag;  // newlines keep their carriage return
  ::tcsetattr(input_, TCSANOW, &raw);
  raw_ = true;
}

void Console::connect(std::function<size_t(std::span<const uint8_t>)> receiver) {
  receiver_ = std::move(receiver);
  if (receiver_)
    start_input();
  else
    stop_input();
}

void Console::start_input() {
  if (input_ < 0 || watching_) return;
  if (!pending_input_.empty()) return offer();
  if (regular_input_) return resume_.signal();  // epoll takes no regular files; they are always ready
  loop_.watch(input_, [this](uint32_t) { read_input(); });
  watching_ = true;
}

void Console::stop_input() noexcept {
  if (watching_) loop_.unwatch(input_);
  watching_ = false;
}

void Console::read_input() {
  std::array<uint8_t, 256> buffer;
  const ssize_t count = ::read(input_, buffer.data(), buffer.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) {  // end of input: the guest runs on
    stop_input();
    input_ = -1;
    return;
  }
  filter({buffer.data(), static_cast<size_t>(count)});
  offer();
}

void Console::filter(std::span<const uint8_t> data) {
  for (const uint8_t byte : data) {
    if (raw_ && !escaped_ && byte == kEscape) {
      escaped_ = true;
      continue;
    }
    if (escaped_ && (byte == 'x' || byte == 'X')) quit_();
    if (!escaped_ || byte == kEscape) pending_input_.push_back(byte);
    escaped_ = false;
  }
}

// Give the guest what it takes; what it does not waits, and so does the input behind it.
void Console::offer() {
  if (!receiver_) return;
  const size_t taken = receiver_(pending_input_);
  pending_input_.erase(pending_input_.begin(), pending_input_.begin() + static_cast<ptrdiff_t>(taken));
  if (!pending_input_.empty())
    stop_input();
  else
    start_input();
}

void Console::transmit(std::span<const uint8_t> data) noexcept {
  if (output_ < 0) return;
  const std::lock_guard lock(mutex_);
  pending_output_.insert(pending_output_.end(), data.begin(), data.end());
  if (pending_output_.size() >= kFlushSize || (!data.empty() && data.back() == '\n'))
    flush(Wait::kUntilInterrupted);
  else if (!flush_armed_)
    arm_flush(true);
}

void Console::flush(Wait wait) noexcept {
  do {
    const size_t done = write_what_fits(output_, pending_output_, wait == Wait::kNot ? 0 : kPatience);
    pending_output_.erase(pending_output_.begin(), pending_output_.begin() + static_cast<ptrdiff_t>(done));
  } while (wait == Wait::kUntilInterrupted && !pending_output_.empty() && !interrupted_);
}

void Console::arm_flush(bool armed) noexcept {
  const itimerspec delay{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_nsec = armed ? kFlushDelay : 0}};
  ::timerfd_settime(flush_timer_.get(), 0, &delay, nullptr);
  flush_armed_ = armed;
}

}  // namespace vireo
