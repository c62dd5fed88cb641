#pragma once

#include <string>
#include <vector>

#include "vmm/base/fd.h"
#include "vmm/compare/agent/work.h"

namespace vireo::agent {

// A fio that does the I/O in place of the agent's own loops.
struct Fio {
  std::string engine;     // "io_uring", "libaio"
  std::string program;    // its file
  std::string libraries;  // the folder that its shared libraries are in; empty: where the machine has them
};

// "ENGINE PROGRAM", as the order says it. `carried`: its libraries came with it. Errors: base::Error (kUsage).
Fio parse_fio_order(const std::string& text, bool carried);

// Return fio's command line for an order on the disk `path`. Source: fio(1).
std::vector<std::string> fio_command(const Fio& fio, const std::string& path, const Order& order);

// One run of fio for an order: its start and its end are a part of it.
class FioLoop final : public Loop {
 public:
  // Errors: base::SystemError.
  FioLoop(const Fio& fio, const std::string& path, const Order& order);

  void run() noexcept override;
  // Read what fio said. Errors: base::Error: it did not run, or not well.
  void conclude() override;

 private:
  [[noreturn]] void become() const noexcept;

  Operation operation_;
  std::vector<std::string> command_;
  std::string environment_;
  std::vector<char*> words_;
  base::Fd output_;
  base::Fd errors_;
  int status_ = 0;  // as waitpid(2) has it
};

class FioWork final : public Work {
 public:
  FioWork(Fio fio, std::string path) : fio_(std::move(fio)), path_(std::move(path)) {}

  std::unique_ptr<Loop> loop(const Order& order) override { return std::make_unique<FioLoop>(fio_, path_, order); }

 private:
  Fio fio_;
  std::string path_;
};

}  // namespace vireo::agent
