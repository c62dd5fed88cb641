#pragma once

#include <string>
#include <string_view>

#include "vmm/compare/agent/histogram.h"
#include "vmm/compare/agent/protocol.h"

namespace vireo::agent {

// What one run of fio showed. CPU time is its job's, without that of fio's start; `elapsed` is whole milliseconds.
struct FioFigures {
  Counts counts;
  Histogram latency;  // from the submission on
};

// Read what fio printed by --output-format=json+; lines before the JSON are fio's remarks.
// Errors: base::Error (kHost): it is no such text, it is cut off, or fio says that its job failed.
// Source: fio(1), JSON+ OUTPUT; json_object_add and add_ddir_status_json of fio's stat.c.
FioFigures parse_fio(std::string_view text, Operation operation);

}  // namespace vireo::agent
