#include "tests/capture/dpdk_ports.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>
#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "capture/dpdk.h"

namespace rcodescope {
namespace {

constexpr unsigned kMbufs = 2048;

std::string NewName(const std::string& driver) {
  static int made = 0;
  return driver + std::to_string(made++);
}

void Keep(std::vector<PolledFrame>& frames, const PacketBatch& batch) {
  for (size_t i = 0; i < batch.size; ++i) {
    const Packet& packet = batch.packets[i];
    frames.push_back({packet, Bytes(packet.data, packet.data + packet.captured), batch.now});
  }
}

}  // namespace

std::vector<std::string> EalWithoutRights() {
  return {"--no-huge", "-m", "256", "--no-pci", "--no-shconf", "--no-telemetry", "-l", "0"};
}

uint16_t MakePort(const std::string& driver, const std::string& arguments) {
  const std::string name = NewName(driver);
  uint16_t id = 0;
  if (rte_eal_hotplug_add("vdev", name.c_str(), arguments.c_str()) != 0 ||
      rte_eth_dev_get_port_by_name(name.c_str(), &id) != 0) {
    std::cerr << "no " << name << " (" << arguments << ")\n";
    std::abort();
  }
  return id;
}

RingPort::RingPort(size_t queues) {
  const std::string name = NewName("ring");
  pool_ =
      rte_pktmbuf_pool_create(name.c_str(), kMbufs, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  for (size_t i = 0; i < queues; ++i) {
    const std::string ring = name + "_" + std::to_string(i);
    rings_.push_back(rte_ring_create(ring.c_str(), kMbufs, SOCKET_ID_ANY, 0));
  }
  id_ = static_cast<uint16_t>(rte_eth_from_rings(
      name.c_str(), rings_.data(), static_cast<unsigned>(queues), rings_.data(), 1, 0));
}

RingPort::~RingPort() {
  for (rte_ring* ring : rings_) rte_ring_free(ring);
  rte_mempool_free(pool_);
}

rte_mbuf* RingPort::NewMbuf(const Bytes& frame, size_t segment) {
  rte_mbuf* first = nullptr;
  for (size_t at = 0; at == 0 || at < frame.size(); at += segment) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
    const size_t size = std::min(segment, frame.size() - at);
    char* room = rte_pktmbuf_append(mbuf, static_cast<uint16_t>(size));
    std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(at), size,
                reinterpret_cast<std::byte*>(room));
    if (first == nullptr) {
      first = mbuf;
    } else {
      rte_pktmbuf_chain(first, mbuf);
    }
  }
  return first;
}

void RingPort::Put(rte_mbuf* mbuf, size_t queue) { rte_ring_enqueue(rings_[queue], mbuf); }

unsigned RingPort::missing() const { return rte_mempool_in_use_count(pool_); }

std::vector<PolledFrame> PollFrames(PacketSource& source, size_t count) {
  std::vector<PolledFrame> frames;
  PacketBatch batch;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (frames.size() < count && std::chrono::steady_clock::now() < deadline) {
    if (source.Poll(batch) == PollResult::kEnd) break;
    Keep(frames, batch);
  }
  return frames;
}

std::vector<PolledFrame> PollToEnd(LiveCapture& capture, size_t index) {
  capture.Stop();
  std::vector<PolledFrame> frames;
  PacketBatch batch;
  while (capture.queue(index).Poll(batch) == PollResult::kPackets) Keep(frames, batch);
  EXPECT_EQ(batch.size, 0u) << "the batch of kEnd is empty";
  return frames;
}

std::unique_ptr<LiveCapture> OpenPort(uint16_t port, size_t queues) {
  auto capture = OpenDpdk({.ports = {port}, .queues = queues});
  if (!capture.ok()) {
    std::cerr << capture.status() << "\n";
    std::abort();
  }
  return *std::move(capture);
}

}  // namespace rcodescope
