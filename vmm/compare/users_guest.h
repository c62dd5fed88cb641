#pragma once

#include <string>

#include "vmm/compare/medium.h"

// A guest that is the user's own: a copy of an image that boots, and in it cloud-init, which starts the agent.
namespace vireo::compare {

// The files in the guests' folder that cloud-init is told by, with no path's name on them.
inline constexpr const char* kUserData = "user-data";
inline constexpr const char* kNetworkData = "network-config";

// Return where a path's copy of the image is.
std::string system_copy(const std::string& path, const GuestFiles& files);

// Write what cloud-init is told, for all paths. Errors: base::SystemError (kHost).
void write_user_data(const GuestFiles& files);

// Copy an image, or a block device, to a file that shares its blocks where the file system can do that, and has holes
// where only zeros are; what the file held before is gone. Nobody may write to the image meanwhile. Errors: base::Error
// (kBootImage): it is not there, or in use; (kHost): no room; Stopped.
void copy_image(const std::string& image, const std::string& copy, const StopSignal& stop);

}  // namespace vireo::compare
