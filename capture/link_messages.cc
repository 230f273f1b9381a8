#include "capture/link_messages.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace rcodescope {
namespace {

// Messages, their fixed parts and their attributes begin at multiples of 4 bytes: netlink(7). Its
// macros are casts of old style, which we do not have.
constexpr size_t Padded(size_t size) { return (size + 3) & ~size_t{3}; }

template <typename Fixed>
const Fixed& FixedPart(const nlmsghdr& header) {
  const auto* start = reinterpret_cast<const char*>(&header);
  return *reinterpret_cast<const Fixed*>(start + Padded(sizeof(header)));
}

// Bridges tell of their ports in messages of their own address family.
bool IsOfInterface(const nlmsghdr& header) {
  return (header.nlmsg_type == RTM_NEWLINK || header.nlmsg_type == RTM_DELLINK) &&
         FixedPart<ifinfomsg>(header).ifi_family == AF_UNSPEC;
}

void TakeAttribute(uint16_t type, std::string_view value, LinkMessage& message) {
  if (type == IFLA_IFNAME) {
    message.name = value.substr(0, value.find('\0'));
  } else if (type == IFLA_STATS64) {
    rtnl_link_stats64 figures{};
    std::memcpy(&figures, value.data(), std::min(value.size(), sizeof(figures)));
    message.dropped = figures.rx_dropped;
    message.missed = figures.rx_missed_errors;
  }
}

LinkMessage FromLink(const nlmsghdr& header) {
  const auto& info = FixedPart<ifinfomsg>(header);
  LinkMessage message;
  message.exists = header.nlmsg_type == RTM_NEWLINK;
  message.index = info.ifi_index;
  message.hardware = info.ifi_type;
  message.up = (info.ifi_flags & IFF_UP) != 0 && (info.ifi_flags & IFF_RUNNING) != 0;
  message.loopback = (info.ifi_flags & IFF_LOOPBACK) != 0;
  const auto* start = reinterpret_cast<const char*>(&header);
  size_t at = Padded(sizeof(header)) + Padded(sizeof(info));
  while (at + sizeof(rtattr) <= header.nlmsg_len) {
    const auto& attribute = *reinterpret_cast<const rtattr*>(start + at);
    if (attribute.rta_len < sizeof(rtattr) || attribute.rta_len > header.nlmsg_len - at) break;
    const std::string_view whole(start + at, attribute.rta_len);
    TakeAttribute(attribute.rta_type, whole.substr(sizeof(rtattr)), message);
    at += Padded(attribute.rta_len);
  }
  return message;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LinkMessages>> LinkMessages::Open() {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  std::unique_ptr<LinkMessages> messages(new LinkMessages(fd));
  if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot watch network interfaces: ", std::generic_category().message(errno)));
  }
  return messages;
}

LinkMessages::~LinkMessages() {
  if (fd_ >= 0) close(fd_);
}

void LinkMessages::Ask(uint32_t question, int index, const std::string& name) const {
  struct Question {
    nlmsghdr header;
    ifinfomsg info;
    rtattr attribute;
    char name[IFNAMSIZ];
  } request{};
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.header.nlmsg_seq = question;
  request.header.nlmsg_len = offsetof(Question, attribute);
  request.info.ifi_index = index;
  if (index == 0) {
    name.copy(request.name, IFNAMSIZ - 1);
    request.attribute.rta_type = IFLA_IFNAME;
    request.attribute.rta_len = sizeof(rtattr) + IFNAMSIZ;
    request.header.nlmsg_len = sizeof(request);
  }
  // Where the kernel has no room for the answer now, the caller asks again.
  [[maybe_unused]] const ssize_t sent = send(fd_, &request, request.header.nlmsg_len, 0);
}

std::optional<LinkMessage> LinkMessages::Next() {
  for (;;) {
    if (end_ - at_ < sizeof(nlmsghdr) && !Receive()) return std::nullopt;
    const auto& header = *reinterpret_cast<const nlmsghdr*>(buffer_ + at_);
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > end_ - at_) {
      at_ = end_;
      continue;
    }
    at_ = std::min(end_, at_ + Padded(header.nlmsg_len));
    if (IsOfInterface(header)) return FromLink(header);
    if (header.nlmsg_type == NLMSG_ERROR) {
      const auto& answer = FixedPart<nlmsgerr>(header);
      if (answer.error == -ENODEV) return LinkMessage{.question = answer.msg.nlmsg_seq};
    }
  }
}

bool LinkMessages::Receive() {
  for (;;) {
    const ssize_t size = recv(fd_, buffer_, sizeof(buffer_), 0);
    if (size > 0) {
      at_ = 0;
      end_ = static_cast<size_t>(size);
      return true;
    }
    if (size == 0 || (errno != ENOBUFS && errno != EINTR)) return false;
  }
}

}  // namespace rcodescope
