// One packet socket with a ring of blocks that the kernel fills and we empty: packet(7),
// TPACKET_V3, Linux networking/packet_mmap.rst.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "capture/packet.h"

struct tpacket3_hdr;

namespace rcodescope {

struct RingCounts {
  uint64_t offered = 0;  // frames the filter let through, lost ones included
  uint64_t dropped = 0;  // of these: the ring was full

  // The kernel's figures since they were last read; reading sets them to 0.
  void Add(uint32_t packets, uint32_t drops) {
    offered += packets;
    dropped += drops;
  }
};

// One thread at a time, but for socket(). The socket takes frames of no interface until a filter is
// attached and Start is called.
class PacketRing {
 public:
  // `bytes` are rounded up to whole blocks of 512 KiB, at least 4. PermissionDenied without
  // CAP_NET_RAW; Unavailable when the system has not the memory.
  static absl::StatusOr<std::unique_ptr<PacketRing>> Open(size_t bytes);
  PacketRing(const PacketRing&) = delete;
  PacketRing& operator=(const PacketRing&) = delete;
  ~PacketRing();

  int socket() const { return socket_; }

  // Joins the fan-out group, or makes one where none is given, and answers with its number, which
  // may be 0: the frames are shared out among its sockets by PACKET_FANOUT_HASH, the same for both
  // directions of a flow and for all fragments of a datagram.
  absl::StatusOr<uint16_t> JoinGroup(std::optional<uint16_t> group) const;
  // Stamps of the network card in place of the kernel's, for the frames that have one.
  absl::Status UseHardwareTime() const;
  // The interface shows frames to other stations, too, until it is deleted or the ring closed.
  absl::Status SetPromiscuous(int interface) const;
  // Frames of all interfaces come from now on, as far as the filter takes them.
  absl::Status Start() const;

  // Gives blocks whose frames have all been passed over back to the kernel and looks for the next.
  // Invalidates the frames of blocks given back. True when Front has a frame.
  bool Load();
  // The frame to be taken next; null when its block has no more. Valid until Load gives it back.
  const tpacket3_hdr* Front() const { return left_ > 0 ? front_ : nullptr; }
  void Pop();

  // Frames in the ring that have not been passed over, as the headers of its blocks tell.
  uint64_t Backlog() const;
  // Asks the kernel; all since Start. To be called once in 2^32 frames at least.
  const RingCounts& Counts();

 private:
  PacketRing() = default;
  absl::Status MapBlocks(size_t bytes);
  std::byte* BlockAt(size_t number) const { return blocks_ + number * kBlockBytes; }

  static constexpr size_t kBlockBytes = size_t{512} << 10;
  static constexpr size_t kFewestBlocks = 4;

  int socket_ = -1;
  std::byte* blocks_ = nullptr;
  size_t block_count_ = 0;
  size_t block_ = 0;   // the one being read, or to be filled next
  bool ours_ = false;  // it is being read
  uint32_t left_ = 0;  // frames in it, from front_
  const tpacket3_hdr* front_ = nullptr;
  RingCounts counts_;
};

}  // namespace rcodescope
