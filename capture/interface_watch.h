// The interfaces that are listened on, by name: there or not, up or not, and how long they were
// not.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "capture/link_messages.h"
#include "capture/live.h"

namespace rcodescope {

// An interface as it is now.
struct WatchedInterface {
  std::string name;  // as it was given; the interface may have been renamed since
  int index = 0;     // the kernel's number; 0: there is none by this name
  uint16_t hardware = 0;
  bool loopback = false;
  bool up = false;
};

// One thread, but for Status.
class InterfaceWatch {
 public:
  // NotFound when there is no such interface, InvalidArgument when one is named twice or none is.
  static absl::StatusOr<std::unique_ptr<InterfaceWatch>> Open(
      const std::vector<std::string>& names);

  int fd() const { return messages_->fd(); }  // readable when Update has something to do

  // Takes in what the kernel has told and, once a second, asks for what may have been missed. True
  // when an interface was deleted or made anew. Never waits. Status tells at once what is down.
  bool Update();
  // Status also tells what is up: to be called once its frames are taken.
  void Publish();

  const std::vector<WatchedInterface>& interfaces() const { return interfaces_; }

  // What the drivers of all interfaces dropped (rx_dropped), and their cards (rx_missed_errors),
  // since Open; up to a second old.
  uint64_t dropped() const { return dropped_; }
  uint64_t missed() const { return missed_; }

  std::vector<InterfaceStatus> Status() const;  // any thread

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kAskEvery{1};

  struct Figures {
    std::optional<uint64_t> dropped;
    std::optional<uint64_t> missed;
  };

  InterfaceWatch() = default;
  bool Find(size_t which);
  void Ask(size_t which);
  bool Apply(const LinkMessage& message);
  std::optional<size_t> Meant(const LinkMessage& message) const;
  void SetDown(size_t which);
  void CountDrops(Figures& last, const LinkMessage& message);

  std::unique_ptr<LinkMessages> messages_;
  std::vector<WatchedInterface> interfaces_;
  std::vector<Figures> figures_;  // as last told of the present interface
  std::vector<Clock::time_point> down_since_;
  Clock::time_point asked_;
  uint64_t dropped_ = 0;
  uint64_t missed_ = 0;
  mutable std::mutex mutex_;
  std::vector<InterfaceStatus> status_;  // guarded by mutex_
};

}  // namespace rcodescope
