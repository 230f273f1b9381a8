// DPDK ports for tests, in a process whose EAL was started without hugepages, cards or rights.
// This header knows nothing of DPDK's own: its flags stay in .cc files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "capture/live.h"
#include "tests/support/wire.h"

struct rte_mbuf;
struct rte_mempool;
struct rte_ring;

namespace rcodescope {

// What every EAL of the tests is started with; DPDK's settings directory is not touched.
std::vector<std::string> EalWithoutRights();

// Makes a virtual device and answers with its port. `driver`: net_pcap, net_null …
uint16_t MakePort(const std::string& driver, const std::string& arguments);

// A net_ring port of `queues` queues, into which frames are put by hand, and the pool of their
// mbufs, of which nothing may be missing at the end.
class RingPort {
 public:
  explicit RingPort(size_t queues = 1);
  ~RingPort();
  RingPort(const RingPort&) = delete;
  RingPort& operator=(const RingPort&) = delete;

  uint16_t id() const { return id_; }

  // An mbuf that holds `frame` in segments of at most `segment` bytes.
  rte_mbuf* NewMbuf(const Bytes& frame, size_t segment = 2048);
  void Put(rte_mbuf* mbuf, size_t queue = 0);
  // Mbufs that are not in the pool.
  unsigned missing() const;

 private:
  rte_mempool* pool_;
  std::vector<rte_ring*> rings_;
  uint16_t id_;
};

struct PolledFrame {
  Packet packet;  // its `data` is not to be used: `bytes` is a copy
  Bytes bytes;
  Timestamp now;  // of its batch
};

// Polls until `count` frames have come (or more, of one batch), or for 5 seconds.
std::vector<PolledFrame> PollFrames(PacketSource& source, size_t count);
// Stops the capture, polls queue `index` to its end and answers with what came.
std::vector<PolledFrame> PollToEnd(LiveCapture& capture, size_t index = 0);
// Opens `port` alone.
std::unique_ptr<LiveCapture> OpenPort(uint16_t port, size_t queues = 1);

}  // namespace rcodescope
