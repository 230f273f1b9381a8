#include "capture/packet_ring.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "capture/settled_clock.h"

namespace rcodescope {
namespace {

absl::Status Refused(const char* what) {
  const int error = errno;
  const std::string text = absl::StrCat(what, ": ", std::generic_category().message(error));
  if (error == EPERM || error == EACCES) {
    return absl::PermissionDeniedError(absl::StrCat(text, " (CAP_NET_RAW is needed)"));
  }
  return absl::UnavailableError(text);
}

template <typename Value>
bool Set(int socket, int option, const Value& value) {
  return setsockopt(socket, SOL_PACKET, option, &value, sizeof(value)) == 0;
}

// Kernel and reader hand blocks to each other through this word.
std::atomic_ref<uint32_t> StatusOf(std::byte* block) {
  auto* header = reinterpret_cast<tpacket_block_desc*>(block);
  return std::atomic_ref<uint32_t>(header->hdr.bh1.block_status);
}

// Frames in a block; the kernel counts in the one it is filling, too.
std::atomic_ref<uint32_t> CountIn(std::byte* block) {
  auto* header = reinterpret_cast<tpacket_block_desc*>(block);
  return std::atomic_ref<uint32_t>(header->hdr.bh1.num_pkts);
}

const tpacket_hdr_v1& HeaderOf(const std::byte* block) {
  return reinterpret_cast<const tpacket_block_desc*>(block)->hdr.bh1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PacketRing>> PacketRing::Open(size_t bytes) {
  std::unique_ptr<PacketRing> ring(new PacketRing);
  ring->socket_ = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (ring->socket_ < 0) return Refused("cannot open a packet socket");
  if (absl::Status status = ring->MapBlocks(bytes); !status.ok()) return status;
  return ring;
}

absl::Status PacketRing::MapBlocks(size_t bytes) {
  block_count_ = std::max(kFewestBlocks, (bytes + kBlockBytes - 1) / kBlockBytes);
  tpacket_req3 request{};
  request.tp_block_size = kBlockBytes;
  request.tp_block_nr = static_cast<unsigned>(block_count_);
  request.tp_frame_size = kBlockBytes;  // of no meaning in version 3
  request.tp_frame_nr = request.tp_block_nr;
  request.tp_retire_blk_tov = static_cast<unsigned>(kBlockRetire.count());
  if (!Set(socket_, PACKET_VERSION, int{TPACKET_V3}) || !Set(socket_, PACKET_RX_RING, request)) {
    return Refused("cannot have a ring for frames");
  }
  const size_t size = block_count_ * kBlockBytes;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, socket_, 0);
  if (memory == MAP_FAILED) return Refused("cannot map the ring for frames");
  blocks_ = static_cast<std::byte*>(memory);
  return absl::OkStatus();
}

PacketRing::~PacketRing() {
  if (blocks_ != nullptr) munmap(blocks_, block_count_ * kBlockBytes);
  if (socket_ >= 0) close(socket_);
}

absl::StatusOr<uint16_t> PacketRing::JoinGroup(std::optional<uint16_t> group) const {
  const int type = PACKET_FANOUT_HASH | (group ? 0 : PACKET_FANOUT_FLAG_UNIQUEID);
  int number = 0;
  socklen_t size = sizeof(number);
  if (!Set(socket_, PACKET_FANOUT, group.value_or(0) | type << 16) ||
      getsockopt(socket_, SOL_PACKET, PACKET_FANOUT, &number, &size) != 0) {
    return Refused("cannot share out frames");
  }
  return static_cast<uint16_t>(number & 0xffff);
}

absl::Status PacketRing::UseHardwareTime() const {
  const int flags = SOF_TIMESTAMPING_RAW_HARDWARE;
  return Set(socket_, PACKET_TIMESTAMP, flags) ? absl::OkStatus()
                                               : Refused("cannot ask for hardware time stamps");
}

absl::Status PacketRing::SetPromiscuous(int interface) const {
  packet_mreq membership{};
  membership.mr_ifindex = interface;
  membership.mr_type = PACKET_MR_PROMISC;
  return Set(socket_, PACKET_ADD_MEMBERSHIP, membership) ? absl::OkStatus()
                                                         : Refused("cannot set promiscuous mode");
}

absl::Status PacketRing::Start() const {
  sockaddr_ll any{};
  any.sll_family = AF_PACKET;
  any.sll_protocol = htons(ETH_P_ALL);
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&any), sizeof(any)) != 0) {
    return Refused("cannot start the packet socket");
  }
  return absl::OkStatus();
}

bool PacketRing::Load() {
  while (left_ == 0) {
    if (ours_) {
      CountIn(BlockAt(block_)).store(0, std::memory_order_relaxed);  // for Backlog
      StatusOf(BlockAt(block_)).store(TP_STATUS_KERNEL, std::memory_order_release);
      block_ = block_ + 1 == block_count_ ? 0 : block_ + 1;
      ours_ = false;
    }
    std::byte* block = BlockAt(block_);
    if ((StatusOf(block).load(std::memory_order_acquire) & TP_STATUS_USER) == 0) return false;
    const tpacket_hdr_v1& header = HeaderOf(block);
    ours_ = true;
    left_ = header.num_pkts;
    front_ = reinterpret_cast<const tpacket3_hdr*>(block + header.offset_to_first_pkt);
  }
  return true;
}

void PacketRing::Pop() {
  --left_;
  front_ = reinterpret_cast<const tpacket3_hdr*>(reinterpret_cast<const std::byte*>(front_) +
                                                 front_->tp_next_offset);
}

uint64_t PacketRing::Backlog() const {
  uint64_t frames = left_;
  for (size_t i = ours_ ? 1 : 0; i < block_count_; ++i) {
    std::byte* block = BlockAt((block_ + i) % block_count_);
    frames += CountIn(block).load(std::memory_order_relaxed);
    if ((StatusOf(block).load(std::memory_order_acquire) & TP_STATUS_USER) == 0) break;
  }
  return frames;
}

const RingCounts& PacketRing::Counts() {
  tpacket_stats_v3 figures{};
  socklen_t size = sizeof(figures);
  if (getsockopt(socket_, SOL_PACKET, PACKET_STATISTICS, &figures, &size) == 0) {
    counts_.Add(figures.tp_packets, figures.tp_drops);
  }
  return counts_;
}

}  // namespace rcodescope
