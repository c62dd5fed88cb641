#include "vmm/compare/agent_link.h"

#include <sys/wait.h>

namespace vireo::compare {

void AgentLink::await_ready(Deadline deadline) {
  expect("ready", deadline);
}

agent::Medium AgentLink::reach(const std::string& words, Deadline deadline) {
  child_.send(words);
  const auto medium = agent::parse_medium(expect("size", deadline));
  if (!medium) fail("its words for the medium are none of the agent's");
  return *medium;
}

void AgentLink::use_fio(const std::string& words, Deadline deadline) {
  child_.send(words);
  expect("fio", deadline);
}

void AgentLink::echo(const std::string& words, Deadline deadline) {
  child_.send(words);
  expect("listening", deadline);
}

Answer AgentLink::run(const agent::Order& order, const std::function<void()>& edge, Deadline deadline) {
  child_.send("run " + agent::text(order));
  expect("begin", deadline);
  edge();
  expect("end", deadline);
  edge();
  const auto counts = agent::parse_counts(expect("counts", deadline));
  std::string latency;
  std::string line = next(deadline);
  for (; line.starts_with("latency "); line = next(deadline)) latency += (latency.empty() ? "" : " ") + line.substr(8);
  const auto histogram = agent::Histogram::parse(latency);
  if (!counts || !histogram || line != "done") fail("its words for a window are none of the agent's");
  return {*counts, *histogram};
}

void AgentLink::quit(Deadline deadline) {
  child_.send("quit");
  const int status = child_.wait(deadline);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail("it did not end as it was told to");
}

std::string AgentLink::expect(const std::string& word, Deadline deadline) {
  const std::string line = next(deadline);
  if (line == word) return {};
  if (!line.starts_with(word + " ")) fail("it said `" + line + "` where `" + word + "` was to come");
  return line.substr(word.size() + 1);
}

std::string AgentLink::next(Deadline deadline) {
  for (;;) {
    std::string line;
    try {
      line = child_.read_line(deadline);
    } catch (const ChildFailure& failure) {
      fail(failure.what());
    }
    // A kernel may have begun the line.
    const size_t mark = line.find(agent::kMark);
    if (mark == std::string::npos) {
      if (!line.empty()) last_ = line;
      continue;
    }
    line.erase(0, mark + agent::kMark.size());
    if (line.starts_with("failed ")) throw ChildFailure(line.substr(7));
    return line;
  }
}

void AgentLink::fail(const std::string& why) const {
  throw ChildFailure(last_.empty() ? why : why + "; its last line: " + last_);
}

}  // namespace vireo::compare
