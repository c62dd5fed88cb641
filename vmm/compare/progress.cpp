#include "vmm/compare/progress.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

namespace vireo::compare {

std::string progress_text(const Step& step, std::chrono::steady_clock::duration since) {
  if (step.done == 0) return step.what;
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(since * (step.of - step.done) / step.done).count();
  const std::string time = left < 90 ? fmt::format("{} s", left) : fmt::format("{} min", (left + 30) / 60);
  return fmt::format("{} of {}, {}; {} left", step.done, step.of, step.what, time);
}

Progress::Progress(std::FILE* out)
    : out_(out), terminal_(::isatty(::fileno(out)) != 0), begin_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (terminal_) std::fputs("\r\033[K", out_);
}

void Progress::show(const Step& step) {
  const auto now = std::chrono::steady_clock::now();
  if (step.done == 0) begin_ = now;
  const std::string text = progress_text(step, now - begin_);
  const std::string stage = step.what.substr(0, step.what.find(':'));
  if (terminal_)
    std::fprintf(out_, "\r\033[K%s", text.c_str());
  else if (stage != stage_)
    std::fprintf(out_, "compare: %s\n", text.c_str());
  stage_ = stage;
  std::fflush(out_);
}

}  // namespace vireo::compare
