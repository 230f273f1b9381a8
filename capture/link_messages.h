// What the kernel tells of network interfaces: rtnetlink(7).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace rcodescope {

// One interface, as one message tells it.
struct LinkMessage {
  bool exists = false;    // false: it was deleted, or there is none by the number or name asked for
  uint32_t question = 0;  // of an answer "none": the number of the question; then all else is empty
  int index = 0;  // the kernel's number, which a new interface does not share with an old one
  std::string name;
  uint16_t hardware = 0;  // ARPHRD_*: linux/if_arp.h
  bool up = false;        // administratively, and a carrier
  bool loopback = false;
  std::optional<uint64_t> dropped;  // rx_dropped and rx_missed_errors of linux/if_link.h
  std::optional<uint64_t> missed;
};

// A netlink socket that hears of every change. Needs no privilege. One thread at a time.
class LinkMessages {
 public:
  static absl::StatusOr<std::unique_ptr<LinkMessages>> Open();
  LinkMessages(const LinkMessages&) = delete;
  LinkMessages& operator=(const LinkMessages&) = delete;
  ~LinkMessages();

  int fd() const { return fd_; }  // readable when there are messages

  // Asks for one interface, by its number or, where that is 0, by its name. The answer is among the
  // messages to come.
  void Ask(uint32_t question, int index, const std::string& name) const;

  // The next message; none when all that has come was read. Never waits. Where messages were lost
  // because they were not read in time, the next ones come all the same: ask.
  std::optional<LinkMessage> Next();

 private:
  explicit LinkMessages(int fd) : fd_(fd) {}
  bool Receive();

  static constexpr size_t kBufferSize = 32'768;  // of the kernel's messages: NLMSG_GOODSIZE

  int fd_;
  alignas(8) char buffer_[kBufferSize];
  size_t at_ = 0;   // of the message to be read next in buffer_
  size_t end_ = 0;  // of the messages in buffer_
};

}  // namespace rcodescope
