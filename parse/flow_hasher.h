// Which worker owns a flow: the same for both directions, so that a query and its response meet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "capture/packet.h"
#include "parse/frame.h"

namespace rcodescope {

struct Flow {
  // Of the two addresses of the innermost IP header that can be read, whichever is the source; 0
  // for what is not IP. Ports are left out: a fragment has none, but must meet the other fragments
  // and the unfragmented datagrams of its two hosts.
  uint64_t hash = 0;
  // Of a fragment that is not its datagram's first, or of what carries one: the datagram, where its
  // first one, which tells what it carries, has not been seen. Then `hash` is that of the
  // fragment's own addresses, which are those of a tunnel, perhaps. 0: nothing is awaited.
  uint64_t awaits = 0;

  // Which of so many workers has it.
  size_t WorkerOf(size_t workers) const { return (hash >> 32) * workers >> 32; }
};

// Of fragments, what their datagrams carry is known from the first one: a tunnel's fragments belong
// to the flow inside, as its whole packets do. Remembers the last 16,384 datagrams, for as long as
// a fragment is waited for. One thread; no allocation after construction.
class FlowHasher {
 public:
  // What `options` refers to is borrowed. `key`: of the hash.
  FlowHasher(const FrameOptions& options, uint64_t key);

  Flow Of(const Packet& packet);
  // The datagrams of which the last packet was the first fragment. What awaits one of them may be
  // asked for again.
  std::span<const uint64_t> told() const { return {told_.data(), told_count_}; }

 private:
  struct Known {
    uint64_t datagram = 0;
    Flow flow;
    Timestamp time;
  };
  // The latest first.
  using Bucket = std::array<Known, 4>;

  Flow OfOther(const Packet& packet);
  uint64_t HashOfHosts(const IpAddress& one, const IpAddress& other) const;
  uint64_t HashOfHosts(const Segment& segment) const;
  uint64_t HashOfDatagram(const IpFragment& fragment) const;
  Bucket& BucketOf(uint64_t datagram) { return known_[datagram >> 32 & (known_.size() - 1)]; }
  const Known* Find(uint64_t datagram, Timestamp now);
  void Remember(const Known& known);

  const FrameOptions options_;
  const uint64_t key_;
  Dissection dissection_;
  std::array<uint64_t, kMostEncapsulations> told_{};
  size_t told_count_ = 0;
  std::vector<Bucket> known_;
};

}  // namespace rcodescope
