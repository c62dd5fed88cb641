#pragma once

#include <sys/types.h>

#include <string>

namespace vireo::host {

// Errors of all: base::Error (kDevice): what libnl says of it; (kHost): no libnl.

// Move a network interface into the network namespace of a process. When that namespace ends, a device's interface
// comes back, and one that stands on another is gone. Source: network_namespaces(7).
void move_link(const std::string& interface, pid_t process);

// A network interface that is up; at the end it is as it was, also where it was gone meanwhile.
class LinkUp {
 public:
  explicit LinkUp(std::string interface);
  ~LinkUp();
  LinkUp(const LinkUp&) = delete;
  LinkUp& operator=(const LinkUp&) = delete;

 private:
  std::string interface_;
  bool was_down_;
};

// A network interface of ours that stands on another, with a MAC address of its own: it goes with this.
// kMacvlan: for programs; kMacvtap: for a guest. What it sends leaves by the other's cable, whoever it is for.
class UpperLink {
 public:
  enum class Kind { kMacvlan, kMacvtap };

  UpperLink(Kind kind, std::string name, const std::string& lower);
  ~UpperLink();
  UpperLink(const UpperLink&) = delete;
  UpperLink& operator=(const UpperLink&) = delete;

  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

// Delete interfaces that UpperLinks of processes that are gone have left: whose names are this and a process' number.
void delete_left_links(const std::string& prefix);

}  // namespace vireo::host
