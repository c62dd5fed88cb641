#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "vmm/base/fd.h"
#include "vmm/compare/agent/lines.h"
#include "vmm/compare/agent/protocol.h"

namespace vireo::agent {

// The agent's program as an ordinary process, over a pair of pipes.
class AgentProcess {
 public:
  // What it says to one order.
  struct Window {
    std::vector<std::string> words;  // the first of each line
    std::optional<Counts> counts;
    std::optional<Histogram> latency;
  };

  AgentProcess() {
    std::array<int, 2> orders{}, answers{};
    if (::pipe2(orders.data(), O_CLOEXEC) < 0 || ::pipe2(answers.data(), O_CLOEXEC) < 0) std::abort();
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(orders[0], STDIN_FILENO);
      ::dup2(answers[1], STDOUT_FILENO);
      ::execl(VIREO_AGENT, VIREO_AGENT, nullptr);
      ::_exit(127);
    }
    orders_ = base::Fd(orders[1]);
    answers_ = base::Fd(answers[0]);
    ::close(orders[0]);
    ::close(answers[1]);
  }
  ~AgentProcess() {
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  pid_t process() const { return process_; }
  void order(const std::string& line) const {
    const std::string text = line + "\n";
    if (::write(orders_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
  }
  // Return its next line without kMark; empty, where there is none within half a minute.
  std::string answer() {
    for (;;) {
      if (const auto line = lines_.next(kLongestLine)) return without_mark(*line);
      pollfd readable{.fd = answers_.get(), .events = POLLIN, .revents = 0};
      char piece[4096];
      if (::poll(&readable, 1, 30'000) != 1) return {};
      const ssize_t count = ::read(answers_.get(), piece, sizeof piece);
      if (count <= 0) return {};
      lines_.add({piece, static_cast<size_t>(count)});
    }
  }
  std::string answer_to(const std::string& line) {
    order(line);
    return answer();
  }
  // Return all that it says of the window up to `done` or a failure.
  Window rest_of_window() {
    Window window;
    std::string latency;
    std::string word;
    while (word != "done" && word != "failed" && !(word.empty() && !window.words.empty())) {
      const std::string line = answer();
      word = line.substr(0, line.find(' '));
      const std::string text = line.substr(std::min(word.size() + 1, line.size()));
      if (word == "counts") window.counts = parse_counts(text);
      if (word == "latency") latency += (latency.empty() ? "" : " ") + text;
      if (word != "latency" || window.words.empty() || window.words.back() != word) window.words.push_back(word);
    }
    window.latency = Histogram::parse(latency);
    return window;
  }
  Window run(const Order& what) {
    order("run " + text(what));
    return rest_of_window();
  }
  // Return how it ended: what wait(2) says.
  int wait() {
    int status = -1;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return status;
  }
  void close_orders() { orders_.close(); }

 private:
  static std::string without_mark(const std::string& line) {
    return line.starts_with(kMark) ? line.substr(kMark.size()) : "not marked: " + line;
  }

  pid_t process_ = -1;
  base::Fd orders_;
  base::Fd answers_;
  Lines lines_;
};

}  // namespace vireo::agent
