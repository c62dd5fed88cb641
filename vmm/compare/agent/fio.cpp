#include "vmm/compare/agent/fio.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "vmm/compare/agent/fio_output.h"

namespace vireo::agent {
namespace {

constexpr size_t kMostOutput = size_t{16} << 20;  // bytes; thousands of bins are some hundred kilobytes
constexpr const char* kGuestLibraries = "/fio/lib";

// fio takes a list of names by colons.
std::string escaped(const std::string& path) {
  std::string text;
  for (const char letter : path) {
    if (letter == ':' || letter == '\\') text += '\\';
    text += letter;
  }
  return text;
}

// In memory: nobody need read while it is measured.
base::Fd memory_file() {
  base::Fd file(::memfd_create("fio", MFD_CLOEXEC));
  if (!file) throw base::SystemError(base::ExitCode::kHost, "memfd_create for fio", errno);
  return file;
}

std::string text_in(const base::Fd& file) {
  std::string text;
  std::array<char, 65536> part{};
  while (text.size() < kMostOutput) {
    const ssize_t count = ::pread(file.get(), part.data(), part.size(), static_cast<off_t>(text.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(part.data(), static_cast<size_t>(count));
  }
  return text;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// The window's end: whichever comes first.
void add_end(std::vector<std::string>& words, const Order& order) {
  if (order.nanoseconds != 0) words.push_back("--runtime=" + std::to_string(order.nanoseconds / 1000) + "us");
  if (order.operations != 0)
    words.push_back("--io_size=" + std::to_string(order.operations * order.block));
  else
    words.emplace_back("--time_based=1");
}

}  // namespace

Fio parse_fio_order(const std::string& text, bool carried) {
  const size_t blank = text.find(' ');
  if (blank == 0 || blank == std::string::npos || blank + 1 == text.size())
    throw base::Error(base::ExitCode::kUsage, "not a fio: " + text);
  return {
      .engine = text.substr(0, blank), .program = text.substr(blank + 1), .libraries = carried ? kGuestLibraries : ""};
}

std::vector<std::string> fio_command(const Fio& fio, const std::string& path, const Order& order) {
  const bool write = order.operation == Operation::kWrite;
  std::vector<std::string> words{fio.program,
                                 "--name=vireo",
                                 "--filename=" + escaped(path),
                                 std::string("--rw=") + (write ? "randwrite" : "randread"),
                                 "--bs=" + std::to_string(order.block),
                                 "--offset=" + std::to_string(order.first),
                                 "--size=" + std::to_string(order.span),
                                 "--ioengine=" + fio.engine,
                                 "--iodepth=" + std::to_string(order.depth),
                                 "--randseed=" + std::to_string(order.seed)};
  // The map of blocks and the page cache are not the path's; a thread needs no second process.
  for (const char* word : {"--direct=1", "--thread=1", "--norandommap=1", "--invalidate=0", "--allow_file_create=0",
                           "--continue_on_error=io", "--lat_percentiles=1", "--clat_percentiles=0",
                           "--output-format=json+", "--eta=never"})
    words.emplace_back(word);
  if (!write) words.emplace_back("--readonly");
  if (fio.engine == "io_uring") words.emplace_back("--registerfiles=1");
  if (order.rate != 0) {
    words.push_back("--rate_iops=" + std::to_string(order.rate));
    words.emplace_back("--rate_process=poisson");
  }
  add_end(words, order);
  return words;
}

FioLoop::FioLoop(const Fio& fio, const std::string& path, const Order& order)
    : Loop(order),
      operation_(order.operation),
      command_(fio_command(fio, path, order)),
      environment_(fio.libraries.empty() ? "" : "LD_LIBRARY_PATH=" + fio.libraries),
      output_(memory_file()),
      errors_(memory_file()) {
  if (order.polled || order.extra_exits != 0 || order.extra_instructions != 0)
    throw base::Error(base::ExitCode::kUsage, "fio neither polls here nor does more for an operation");
  for (std::string& word : command_) words_.push_back(word.data());
  words_.push_back(nullptr);
}

// In the child. Nothing is allocated.
void FioLoop::become() const noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(output_.get(), STDOUT_FILENO);
  ::dup2(errors_.get(), STDERR_FILENO);
  std::array<char*, 2> guest_environment{const_cast<char*>(environment_.c_str()), nullptr};
  ::execve(words_[0], words_.data(), environment_.empty() ? environ : guest_environment.data());
  ::_exit(127);
}

void FioLoop::run() noexcept {
  const pid_t child = ::fork();
  if (child == 0) become();
  status_ = W_EXITCODE(127, 0);
  if (child < 0) return;
  while (::waitpid(child, &status_, 0) < 0 && errno == EINTR) {
  }
}

void FioLoop::conclude() {
  const std::string errors = first_line(text_in(errors_));
  const std::string why = errors.empty() ? "" : ": " + errors;
  if (WIFSIGNALED(status_))
    throw base::Error(base::ExitCode::kHost, "fio was ended by signal " + std::to_string(WTERMSIG(status_)) + why);
  if (WEXITSTATUS(status_) != 0)
    throw base::Error(base::ExitCode::kHost, "fio ended with status " + std::to_string(WEXITSTATUS(status_)) + why);
  FioFigures figures = parse_fio(text_in(output_), operation_);
  counts_ = figures.counts;
  latency_ = std::move(figures.latency);
}

}  // namespace vireo::agent
