#include "capture/af_packet.h"

#include <mutex>
#include <optional>
#include <utility>

#include <linux/if_arp.h>

#include "absl/strings/str_cat.h"
#include "capture/af_packet_queue.h"
#include "capture/interface_watch.h"
#include "capture/socket_filter.h"

namespace rcodescope {
namespace {

// With what the frames of an interface begin when a packet socket shows them.
LinkType LinkTypeOfHardware(uint16_t hardware) {
  switch (hardware) {
    case ARPHRD_ETHER:
    case ARPHRD_LOOPBACK: return LinkType::kEthernet;
    case ARPHRD_NONE:  // tun, WireGuard
    case ARPHRD_RAWIP:
    case ARPHRD_TUNNEL:  // IP in IPv4, in IPv6, IPv6 in IPv4
    case ARPHRD_TUNNEL6:
    case ARPHRD_SIT: return LinkType::kRaw;
    default: return LinkType::kUnsupported;
  }
}

class AfPacketCapture final : public LiveCapture, public InterfaceTender {
 public:
  explicit AfPacketCapture(AfPacketOptions options) : options_(std::move(options)) {}

  absl::Status Open();

  size_t queues() const override { return queues_.size(); }
  PacketSource& queue(size_t index) override { return *queues_[index]; }
  void Stop() override;
  std::vector<InterfaceStatus> interfaces() const override { return watch_->Status(); }

  int fd() const override { return watch_->fd(); }
  void Tend() override;
  uint64_t dropped() const override { return watch_->dropped(); }
  uint64_t missed() const override { return watch_->missed(); }

 private:
  absl::StatusOr<BpfProgram> ProgramFor(LinkType link_type, const char* interface) const;
  absl::Status OpenQueues();
  absl::Status TakeUp();

  const AfPacketOptions options_;
  std::unique_ptr<InterfaceWatch> watch_;
  std::vector<BpfProgram> programs_;  // of the interfaces
  std::vector<LinkType> link_types_;  // for which they are
  InterfaceIndex index_;
  std::vector<int> members_;  // kernel's numbers of the interfaces, as they were last taken up
  StopSignal stop_;
  std::vector<std::unique_ptr<AfPacketQueue>> queues_;
  bool behind_ = false;  // taking up failed
  std::mutex ending_;    // held while filters change
  bool ended_ = false;   // guarded by ending_: the filters are shut for good
};

absl::Status AfPacketCapture::Open() {
  if (options_.queues == 0) return absl::InvalidArgumentError("a capture needs a queue");
  if (stop_.fd() < 0) return absl::UnavailableError("cannot have an eventfd");
  auto watch = InterfaceWatch::Open(options_.interfaces);
  if (!watch.ok()) return watch.status();
  watch_ = *std::move(watch);
  if (absl::Status status = OpenQueues(); !status.ok()) return status;
  for (const WatchedInterface& interface : watch_->interfaces()) {
    const LinkType link_type = LinkTypeOfHardware(interface.hardware);
    if (link_type == LinkType::kUnsupported) {
      return absl::InvalidArgumentError(absl::StrCat("the framing of ", interface.name,
                                                     " (hardware type ", interface.hardware,
                                                     ") is not supported by this kind of capture"));
    }
    auto program = ProgramFor(link_type, interface.name.c_str());
    if (!program.ok()) return program.status();
    programs_.push_back(*std::move(program));
    link_types_.push_back(link_type);
  }
  members_.resize(programs_.size());
  return TakeUp();
}

absl::StatusOr<BpfProgram> AfPacketCapture::ProgramFor(LinkType link_type,
                                                       const char* interface) const {
  return CompileFilter(options_.filter, link_type, options_.snap_length,
                       link_type == LinkType::kEthernet ? interface : nullptr);
}

absl::Status AfPacketCapture::OpenQueues() {
  std::optional<uint16_t> group;
  for (size_t i = 0; i < options_.queues; ++i) {
    auto ring = PacketRing::Open(options_.ring_bytes);
    if (!ring.ok()) return ring.status();
    if (options_.hardware_time) {
      if (absl::Status status = (*ring)->UseHardwareTime(); !status.ok()) return status;
    }
    if (absl::Status status = AttachFilter((*ring)->socket(), ShutProgram()); !status.ok()) {
      return status;
    }
    if (absl::Status status = (*ring)->Start(); !status.ok()) return status;
    if (options_.queues > 1) {
      const auto joined = (*ring)->JoinGroup(group);
      if (!joined.ok()) return joined.status();
      group = *joined;
    }
    queues_.push_back(std::make_unique<AfPacketQueue>(*std::move(ring), options_.slice, index_,
                                                      stop_, i == 0 ? this : nullptr));
  }
  return absl::OkStatus();
}

// Takes the interfaces that there are now, and no others.
absl::Status AfPacketCapture::TakeUp() {
  std::vector<InterfaceFilter> filters;
  for (size_t i = 0; i < members_.size(); ++i) {
    const WatchedInterface& interface = watch_->interfaces()[i];
    if (interface.index == 0) continue;
    const LinkType link_type = LinkTypeOfHardware(interface.hardware);
    if (link_type != link_types_[i]) {
      auto program = ProgramFor(link_type, nullptr);
      if (!program.ok()) return program.status();
      programs_[i] = *std::move(program);
      link_types_[i] = link_type;
    }
    if (interface.index != members_[i]) {
      index_.Add(interface.index, {static_cast<uint16_t>(i), link_type});
    }
    filters.push_back({interface.index, interface.loopback, &programs_[i]});
  }
  const BpfProgram program = SelectInterfaces(filters);
  for (const auto& queue : queues_) {
    if (absl::Status status = AttachFilter(queue->ring().socket(), program); !status.ok()) {
      return status;
    }
  }
  for (size_t i = 0; i < members_.size(); ++i) {
    const int index = watch_->interfaces()[i].index;
    if (index == 0 || index == members_[i]) continue;
    if (options_.promiscuous) {
      if (absl::Status status = queues_[0]->ring().SetPromiscuous(index); !status.ok())
        return status;
    }
    members_[i] = index;
  }
  return absl::OkStatus();
}

void AfPacketCapture::Tend() {
  behind_ |= watch_->Update();
  if (behind_) {
    // A failure is one of an interface that is being deleted just now; the next call tries again.
    const std::lock_guard lock(ending_);
    behind_ = !ended_ && !TakeUp().ok();
  }
  if (!behind_) watch_->Publish();
}

void AfPacketCapture::Stop() {
  {
    const std::lock_guard lock(ending_);
    ended_ = true;
    for (const auto& queue : queues_) {
      AttachFilter(queue->ring().socket(), ShutProgram()).IgnoreError();
    }
  }
  stop_.Raise();
}

}  // namespace

absl::StatusOr<std::unique_ptr<LiveCapture>> OpenAfPacket(AfPacketOptions options) {
  auto capture = std::make_unique<AfPacketCapture>(std::move(options));
  if (absl::Status status = capture->Open(); !status.ok()) return status;
  return capture;
}

}  // namespace rcodescope
