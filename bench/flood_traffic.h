// Floods from forged addresses and for random names, with what matters in between.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "capture/live.h"
#include "parse/rcode.h"

namespace rcodescope {

struct FloodOptions {
  // Of all responses, half come to clients that get no other: `clients` of them, IPv4. Half of
  // these are for names that nobody else asks for, each in a zone of its own: NXDOMAIN.
  // Three eighths come to IPv6 clients of a zipf(1) distribution over 100 million.
  // The rest is of everyday zones, but for 20 zones that answer nothing but SERVFAIL,
  // `failures_each` times.
  uint64_t clients = 1'000'000;
  uint64_t failures_each = 100;
  // In place of all that, where not 0: `packets` NOERROR responses of one zone to so many IPv4
  // clients, drawn uniformly.
  uint64_t uniform_clients = 0;
  uint64_t packets = 0;

  size_t queues = 1;
  int64_t slice = kNanosPerSecond;  // ns, of which each packet takes 1000

  uint64_t total() const { return uniform_clients != 0 ? packets : 2 * clients; }
};

inline constexpr size_t kFailingZones = 20;
// Of the zipf clients, so many of the first are counted.
inline constexpr size_t kCountedRanks = size_t{1} << 16;

std::string FailingZone(size_t number);  // as a report shows it
std::string ZipfClient(uint64_t rank);   // the same; ranks begin at 1

// What has been given out.
struct FloodTruth {
  std::array<uint64_t, 16> codes{};  // responses by code
  std::vector<uint32_t> zipf;        // by rank
  std::array<uint64_t, kFailingZones> failures{};
};

// A capture that ends by itself. Equal options give equal packets, but for what queue they are in.
class FloodCapture final : public LiveCapture {
 public:
  explicit FloodCapture(const FloodOptions& options);
  ~FloodCapture() override;

  size_t queues() const override { return queues_.size(); }
  PacketSource& queue(size_t index) override;
  void Stop() override {}
  std::vector<InterfaceStatus> interfaces() const override { return {{.name = "flood"}}; }

  // When all queues have ended.
  FloodTruth truth() const;

 private:
  class Queue;
  std::vector<std::unique_ptr<Queue>> queues_;
};

}  // namespace rcodescope
