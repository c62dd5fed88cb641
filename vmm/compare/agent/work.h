#pragma once

#include <memory>
#include <utility>

#include "vmm/compare/agent/closed_loop.h"
#include "vmm/compare/agent/open_loop.h"

namespace vireo::agent {

// What has operations done, made ready for an order's: loops over it are run one after the other.
class Work {
 public:
  virtual ~Work() = default;

  // The loop that the order asks for. Lifetime: this one's is longer.
  virtual std::unique_ptr<Loop> loop(const Order& order) = 0;
  // Is the device's own queue polled?
  virtual bool polls_device() const { return false; }
  // What the agent itself has kDry operations of the order take, in a closed loop. Units: nanoseconds; 0: not known.
  virtual uint64_t own_cost(const Order&) const { return 0; }
};

template <Device D>
class WorkBy final : public Work {
 public:
  template <typename... Arguments>
  explicit WorkBy(Arguments&&... arguments) : device_(std::forward<Arguments>(arguments)...) {}

  std::unique_ptr<Loop> loop(const Order& order) override {
    if (order.rate == 0) return std::make_unique<ClosedLoop<D>>(order, device_);
    return std::make_unique<OpenLoop<D>>(order, device_);
  }
  bool polls_device() const override {
    if constexpr (requires { device_.polls_device(); }) return device_.polls_device();
    return false;
  }
  uint64_t own_cost(const Order& order) const override {
    if constexpr (requires { typename D::Dry; }) {
      Order dry = order;
      dry.operations = kDry;
      dry.nanoseconds = 0;
      typename D::Dry device(dry);
      ClosedLoop<typename D::Dry> loop(dry, device);
      loop.run();
      return loop.counts().elapsed;
    }
    return 0;
  }

 private:
  D device_;
};

// Where operations go: a disk, or a network's other end.
class Target {
 public:
  virtual ~Target() = default;

  virtual const Medium& medium() const = 0;
  // Errors: base::Error: the order is for something else, or the kernel refuses.
  virtual std::unique_ptr<Work> prepare(const Order& order) = 0;
};

}  // namespace vireo::agent
