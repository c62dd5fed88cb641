# A guest without an operating system: entered as PVH says (32-bit, no paging, %ebx: start information), goes to long mode
# with 512 GiB mapped one to one, and calls guest_main(). Source: Xen docs/misc/pvh.pandoc; Intel SDM volume 3, 10.8.5.

  .section .note, "a"
  .long 4, 4, 18                # XEN_ELFNOTE_PHYS32_ENTRY
  .asciz "Xen"
  .long start

  .section .text
  .code32
  .globl start
start:
  mov $tables, %edi
  mov $(directory + 3), %eax    # present, writable
  mov %eax, (%edi)
  xor %ecx, %ecx                # 512 pages of 1 GiB
1:
  mov %ecx, %eax
  shl $30, %eax
  or $0x83, %eax
  mov %eax, directory(, %ecx, 8)
  mov %ecx, %eax
  shr $2, %eax
  mov %eax, directory + 4(, %ecx, 8)
  inc %ecx
  cmp $512, %ecx
  jne 1b
  mov %edi, %cr3
  mov %cr4, %eax
  or $0x20, %eax                # PAE
  mov %eax, %cr4
  mov $0xc0000080, %ecx         # EFER
  rdmsr
  or $0x100, %eax               # LME
  wrmsr
  mov %cr0, %eax
  or $0x80000001, %eax
  mov %eax, %cr0
  lgdt descriptor
  ljmp $8, $long_mode

  .code64
long_mode:
  mov $16, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov $stack_top, %rsp
  call guest_main
2:
  hlt
  jmp 2b

# An entry a vector, 16 bytes apart, that pushes its number.
  .balign 16
  .globl interrupt_entries
interrupt_entries:
  .set vector, 0
  .rept 256
  .balign 16
  pushq $vector
  jmp common_entry
  .set vector, vector + 1
  .endr

common_entry:
  push %rax
  push %rcx
  push %rdx
  push %rsi
  push %rdi
  push %r8
  push %r9
  push %r10
  push %r11
  mov 72(%rsp), %rdi
  cld
  call on_interrupt
  pop %r11
  pop %r10
  pop %r9
  pop %r8
  pop %rdi
  pop %rsi
  pop %rdx
  pop %rcx
  pop %rax
  add $8, %rsp
  iretq

  .section .data
  .balign 8
segments:
  .quad 0
  .quad 0x00af9b000000ffff      # 64-bit code
  .quad 0x00cf93000000ffff      # data
descriptor:
  .word . - segments - 1
  .long segments

  .section .bss
  .balign 4096
tables:
  .skip 4096
directory:
  .skip 4096
  .skip 16384
stack_top:

  .section .note.GNU-stack, "", @progbits
