#include "vmm/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

namespace vireo::base {

void set_up_log(spdlog::level::level_enum level) {
  auto logger = std::make_shared<spdlog::logger>("vireo", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("vireo: %l: %v");
  logger->set_level(level);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace vireo::base
