#include "capture/interface_watch.h"

#include <set>

#include <poll.h>

#include "absl/strings/str_cat.h"

namespace rcodescope {

absl::StatusOr<std::unique_ptr<InterfaceWatch>> InterfaceWatch::Open(
    const std::vector<std::string>& names) {
  if (names.empty()) return absl::InvalidArgumentError("no network interface is named");
  if (std::set(names.begin(), names.end()).size() != names.size()) {
    return absl::InvalidArgumentError("a network interface is named twice");
  }
  std::unique_ptr<InterfaceWatch> watch(new InterfaceWatch);
  auto messages = LinkMessages::Open();
  if (!messages.ok()) return messages.status();
  watch->messages_ = *std::move(messages);
  for (const std::string& name : names) {
    watch->interfaces_.push_back({.name = name});
    watch->status_.push_back({.name = name});
  }
  watch->figures_.resize(names.size());
  watch->down_since_.resize(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    if (!watch->Find(i)) {
      return absl::NotFoundError(absl::StrCat("there is no network interface ", names[i]));
    }
  }
  return watch;
}

// Waits for the answer, which the kernel gives at once.
bool InterfaceWatch::Find(size_t which) {
  Ask(which);
  pollfd waiting = {messages_->fd(), POLLIN, 0};
  while (poll(&waiting, 1, 1000) > 0) {
    while (const auto message = messages_->Next()) {
      Apply(*message);
      if (interfaces_[which].index != 0) return true;
      if (message->question == which + 1) return false;
    }
  }
  return false;
}

void InterfaceWatch::Ask(size_t which) {
  const WatchedInterface& interface = interfaces_[which];
  messages_->Ask(static_cast<uint32_t>(which + 1), interface.index, interface.name);
}

bool InterfaceWatch::Update() {
  const auto now = Clock::now();
  if (now - asked_ >= kAskEvery) {
    asked_ = now;
    for (size_t i = 0; i < interfaces_.size(); ++i) Ask(i);
  }
  bool changed = false;
  while (const auto message = messages_->Next()) changed |= Apply(*message);
  return changed;
}

// Which of the interfaces a message is about.
std::optional<size_t> InterfaceWatch::Meant(const LinkMessage& message) const {
  for (size_t i = 0; i < interfaces_.size(); ++i) {
    const WatchedInterface& known = interfaces_[i];
    const bool same = message.index == 0 ? message.question == i + 1
                      : known.index != 0 ? message.index == known.index
                                         : message.exists && message.name == known.name;
    if (same) return i;
  }
  return std::nullopt;
}

bool InterfaceWatch::Apply(const LinkMessage& message) {
  const std::optional<size_t> which = Meant(message);
  if (!which) return false;
  WatchedInterface& interface = interfaces_[*which];
  const int before = interface.index;
  interface.index = message.exists ? message.index : 0;
  interface.hardware = message.hardware;
  interface.loopback = message.loopback;
  interface.up = message.exists && message.up;
  if (!interface.up) SetDown(*which);
  CountDrops(figures_[*which], message);
  // It may be there again by its name already.
  if (before != 0 && interface.index == 0) Ask(*which);
  return interface.index != before;
}

void InterfaceWatch::SetDown(size_t which) {
  const std::lock_guard lock(mutex_);
  InterfaceStatus& status = status_[which];
  if (!status.up) return;
  status.up = false;
  ++status.gaps;
  down_since_[which] = Clock::now();
}

void InterfaceWatch::Publish() {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < status_.size(); ++i) {
    if (status_[i].up || !interfaces_[i].up) continue;
    status_[i].up = true;
    status_[i].gap += Clock::now() - down_since_[i];
  }
}

// A new interface starts at 0, and one that was deleted takes what was not told with it.
void InterfaceWatch::CountDrops(Figures& last, const LinkMessage& message) {
  if (message.dropped && last.dropped) dropped_ += *message.dropped - *last.dropped;
  if (message.missed && last.missed) missed_ += *message.missed - *last.missed;
  last = message.exists ? Figures{message.dropped, message.missed} : Figures{0, 0};
}

std::vector<InterfaceStatus> InterfaceWatch::Status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace rcodescope
