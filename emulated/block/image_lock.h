#pragma once

#include <string>

namespace vireo::emulated {

// Advisory locks of whole files: any number of readers, or one writer. They end with the open file.
// Source: fcntl(2), F_OFD_SETLK.

// Take the lock of an open file. Return whether it is held now; a file system that has no locks counts as held.
bool lock_image(int file, bool exclusive) noexcept;
// Return whether it could be taken.
bool can_lock_image(int file, bool exclusive) noexcept;
// Return who holds a lock of the same file: "process 1234 (vireo)"; empty: nobody that can be seen.
// Reads /proc of every process that may be looked at.
std::string lock_holder(int file);

}  // namespace vireo::emulated
