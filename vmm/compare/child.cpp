#include "vmm/compare/child.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vireo::compare {
namespace {

constexpr unsigned kSecondsToEnd = 30;
constexpr size_t kLongestLine = 65536;  // a guest that writes no line's end fills no memory

struct Pipe {
  base::Fd read;
  base::Fd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw base::SystemError(base::ExitCode::kHost, "pipe2", errno);
  return {base::Fd(ends[0]), base::Fd(ends[1])};
}

// In the child. Nothing is allocated.
[[noreturn]] void become(char* const* words, bool own_network, int input, int output, int log, pid_t parent) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  if (own_network && ::unshare(CLONE_NEWNET) < 0) {
    constexpr std::string_view kWhy = "error: the kernel refuses it a network of its own: run as root\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kWhy.data(), kWhy.size());
    ::_exit(126);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(words[0], words);
  ::_exit(127);
}

std::vector<char*> words_of(const std::vector<std::string>& command) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  return words;
}

int milliseconds_to(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 1'000'000'000));
}

}  // namespace

Child::Child(const ChildSettings& settings, const StopSignal& stop) : log_(settings.log), stop_(stop) {
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  const base::Fd errors = base::open_file(log_, O_WRONLY | O_CREAT | O_TRUNC, base::ExitCode::kHost, 0600);
  const std::vector<char*> words = words_of(settings.command);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw base::SystemError(base::ExitCode::kHost, "fork", errno);
  if (pid_ == 0) become(words.data(), settings.own_network, input.read.get(), output.write.get(), errors.get(), parent);
  process_ = base::Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  input_ = std::move(input.write);
  output_ = std::move(output.read);
}

bool Child::end() noexcept {
  input_.close();
  if (reap(false)) return false;
  ::kill(pid_, SIGTERM);
  pollfd wait{.fd = process_.get(), .events = POLLIN, .revents = 0};
  const bool late = ::poll(&wait, 1, kSecondsToEnd * 1000) == 0;
  if (late) ::kill(pid_, SIGKILL);
  reap(true);
  return late;
}

bool Child::reap(bool block) noexcept {
  if (!reaped_) reaped_ = ::waitpid(pid_, &status_, block ? 0 : WNOHANG) == pid_;
  return reaped_;
}

void Child::send(const std::string& line) {
  const std::string whole = line + "\n";
  for (size_t sent = 0; sent < whole.size();) {
    const ssize_t count = ::write(input_.get(), whole.data() + sent, whole.size() - sent);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_at_end();
    sent += static_cast<size_t>(count);
  }
}

// Return whether `fd` became readable in time.
bool Child::await(int fd, Deadline deadline) {
  std::array<pollfd, 2> waits{pollfd{.fd = fd, .events = POLLIN, .revents = 0},
                              pollfd{.fd = stop_.fd(), .events = POLLIN, .revents = 0}};
  const int ready = ::poll(waits.data(), waits.size(), milliseconds_to(deadline));
  if (waits[1].revents != 0) throw Stopped();
  if (ready < 0) return await(fd, deadline);  // EINTR
  return ready > 0;
}

std::string Child::read_line(Deadline deadline) {
  for (;;) {
    if (const size_t end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return line;
    }
    if (pending_.size() > kLongestLine) pending_.clear();
    if (!await(output_.get(), deadline)) throw ChildFailure("it said nothing more in time");
    std::array<char, 4096> part{};
    const ssize_t count = ::read(output_.get(), part.data(), part.size());
    if (count == 0) fail_at_end();
    if (count > 0) pending_.append(part.data(), static_cast<size_t>(count));
  }
}

int Child::wait(Deadline deadline) {
  if (!reaped_ && !await(process_.get(), deadline)) throw ChildFailure("it did not end in time");
  reap(true);
  return status_;
}

void Child::fail_at_end() {
  pollfd end{.fd = process_.get(), .events = POLLIN, .revents = 0};
  ::poll(&end, 1, kSecondsToEnd * 1000);
  if (!reap(false)) throw ChildFailure("it no longer listens");
  const std::string how = WIFSIGNALED(status_) ? "was ended by signal " + std::to_string(WTERMSIG(status_))
                                               : "ended with status " + std::to_string(WEXITSTATUS(status_));
  const std::string words = last_words();
  throw ChildFailure("it " + how + (words.empty() ? "" : ": " + words));
}

// The line that says why: vireo's errors begin so; else the last.
std::string Child::last_words() const {
  const std::string text = base::read_text_or_empty(log_);
  if (const size_t error = text.find("error: "); error != std::string::npos)
    return text.substr(error + 7, text.find('\n', error) - error - 7);
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace vireo::compare
