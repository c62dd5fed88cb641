// A plugin of the emulator's: what the emulated host, its guests and all their programs execute between two marks of
// the benchmark's agent, exactly. Nothing in the host is traced meanwhile, and no time counts in which its CPU waits.
// usage: qemu-system-x86_64 -plugin count_instructions.so,out=FILE: one number, of the last two marks.
// Source: QEMU 7.2 docs/devel/tcg-plugins.rst (interface version 1, declared here: no package has its header).
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

extern "C" {
using qemu_plugin_id_t = uint64_t;
struct qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_inline(qemu_plugin_tb*, qemu_plugin_op, void*, uint64_t);
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn*, void (*)(unsigned, void*), qemu_plugin_cb_flags, void*);
size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb*);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb*, size_t);
const void* qemu_plugin_insn_data(const qemu_plugin_insn*);
size_t qemu_plugin_insn_size(const qemu_plugin_insn*);
}

namespace {

// xchg %bx, %bx and xchg %cx, %cx, as agent.cpp has them: no compiler makes either.
constexpr uint8_t kStart[] = {0x66, 0x87, 0xdb};
constexpr uint8_t kStop[] = {0x66, 0x87, 0xc9};

uint64_t executed = 0;
uint64_t at_start = 0;
std::string result;

void start(unsigned, void*) {
  at_start = executed;
}

void stop(unsigned, void*) {
  std::FILE* file = std::fopen(result.c_str(), "w");
  if (file == nullptr) return;
  std::fprintf(file, "%lu\n", executed - at_start);
  std::fclose(file);
}

bool is(const qemu_plugin_insn* instruction, const uint8_t (&mark)[3]) {
  return qemu_plugin_insn_size(instruction) == sizeof mark &&
         std::memcmp(qemu_plugin_insn_data(instruction), mark, sizeof mark) == 0;
}

// Once a block of instructions is translated; what runs each time is an addition. A block that a fault leaves early
// counts as a whole.
void translated(qemu_plugin_id_t, qemu_plugin_tb* block) {
  const size_t count = qemu_plugin_tb_n_insns(block);
  qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &executed, count);
  for (size_t i = 0; i < count; ++i) {
    qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
    if (is(instruction, kStart))
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, start, QEMU_PLUGIN_CB_NO_REGS, nullptr);
    if (is(instruction, kStop))
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, stop, QEMU_PLUGIN_CB_NO_REGS, nullptr);
  }
}

}  // namespace

extern "C" {
extern const int qemu_plugin_version;
const int qemu_plugin_version = 1;

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t*, int argc, char** argv) {
  for (int i = 0; i < argc; ++i)
    if (const std::string argument = argv[i]; argument.starts_with("out=")) result = argument.substr(4);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  return result.empty() ? 1 : 0;
}
}
