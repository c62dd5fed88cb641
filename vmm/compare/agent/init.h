#pragma once

// What a guest's first process does besides: there is no other; and what it does in a guest that is not its own.
// Source: init(1), Documentation/filesystems/ramfs-rootfs-initramfs.rst.
namespace vireo::agent {

// Have /proc, /sys and /dev, and the console as standard input and output, without a terminal's manners.
// Errors: base::SystemError.
void set_up_guest();

// Have a terminal as standard input and output, without a terminal's manners. Errors: base::SystemError.
void talk_by(const char* path);

// Load what /modules/order names, a file of /modules a line, in that order. Errors: base::SystemError.
void load_modules();

[[noreturn]] void power_off();

}  // namespace vireo::agent
