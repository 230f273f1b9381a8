// One DPDK worker at full speed, without a card: 16,384 generated frames go round in net_ring, and
// are decoded and counted (clients, zones, servers) as live. Beside it, in the same run, the empty
// libpcap loop over the same frames in a file.
//
// The ring of net_ring is the one in which the frames' buffer pool keeps what is free: a buffer
// that the worker gives back is received again, with its frame still in it. So nothing feeds the
// worker and nothing else runs, but the collector's thread.
//
//   dpdk_ring          in pages of 4 KiB, which every machine has
//   dpdk_ring --huge   in 256 MiB of hugepages of 2 MiB, as one who has a card sets them up
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include <pcap/pcap.h>
#include <rte_eth_ring.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "app/pipeline.h"
#include "bench/traffic_generator.h"
#include "capture/dpdk.h"

namespace rcodescope {
namespace {

constexpr unsigned kMbufs = 16'384;
constexpr uint64_t kWarmUp = 1'000'000;  // frames, until the tables have been touched
constexpr uint64_t kFrames = 4'000'000;
constexpr size_t kRepeated = 32;  // times the frames stand in the file
constexpr size_t kRounds = 9;

// What a round took, of one packet, in ns.
struct Cost {
  double wall = 0;
  double cpu = 0;  // of all threads
};

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "dpdk_ring: %s\n", what.c_str());
  std::exit(70);
}

double CpuNs() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

class Stopwatch {
 public:
  Cost Per(uint64_t packets) const {
    const std::chrono::duration<double, std::nano> wall = std::chrono::steady_clock::now() - wall_;
    const auto count = static_cast<double>(packets);
    return {wall.count() / count, (CpuNs() - cpu_) / count};
  }

 private:
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
  double cpu_ = CpuNs();
};

std::vector<std::vector<std::byte>> Generate() {
  TrafficGenerator generator{TrafficOptions{}};
  std::vector<std::vector<std::byte>> frames;
  while (frames.size() < kMbufs) {
    const Packet packet = generator.Next();
    frames.emplace_back(packet.data, packet.data + packet.captured);
  }
  return frames;
}

// A port that receives the frames for ever.
uint16_t MakeRingPort(const std::vector<std::vector<std::byte>>& frames) {
  rte_mempool* pool = rte_pktmbuf_pool_create_by_ops(
      "frames", kMbufs, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY, "ring_sp_sc");
  if (pool == nullptr) Fail("no memory for the buffers");
  std::vector<rte_mbuf*> mbufs(kMbufs);
  if (rte_pktmbuf_alloc_bulk(pool, mbufs.data(), kMbufs) != 0) Fail("the pool is too small");
  for (size_t i = 0; i < kMbufs; ++i) {
    char* room = rte_pktmbuf_append(mbufs[i], static_cast<uint16_t>(frames[i].size()));
    std::memcpy(room, frames[i].data(), frames[i].size());
  }
  rte_pktmbuf_free_bulk(mbufs.data(), kMbufs);
  const int port = rte_eth_from_ring(static_cast<rte_ring*>(pool->pool_data));
  if (port < 0) Fail("no net_ring");
  return static_cast<uint16_t>(port);
}

// The port's queue until kFrames have been given out behind the first kWarmUp.
class Measured final : public PacketSource {
 public:
  explicit Measured(PacketSource& source) : source_(source) {}

  PollResult Poll(PacketBatch& batch) override {
    if (given_ >= kWarmUp + kFrames) {
      if (cost_.wall == 0) cost_ = watch_.Per(given_ - warm_);
      batch.size = 0;
      return PollResult::kEnd;
    }
    if (given_ >= kWarmUp && warm_ == 0) {
      warm_ = given_;
      watch_ = Stopwatch();
    }
    const PollResult result = source_.Poll(batch);
    given_ += batch.size;
    return result;
  }
  const CaptureStats& Stats() const override { return source_.Stats(); }
  Cost cost() const { return cost_; }

 private:
  PacketSource& source_;
  uint64_t given_ = 0;
  uint64_t warm_ = 0;  // given before the watch was started
  Stopwatch watch_;
  Cost cost_;
};

Cost RunWorkerOn(PacketSource& queue) {
  static constexpr std::array<uint16_t, 1> kPorts = {kDnsPort};
  static const PortSet ports(kPorts);
  static const ZonePolicy zones = ZonePolicy::ByLabels(2);
  Measured source(queue);
  const Snapshot snapshot = RunPipeline(source, {.dns_ports = &ports}, zones, {.hash_key = 1});
  if (snapshot.frames.message_residual != 0) Fail("messages were lost");
  return source.cost();
}

std::string WriteFile(const std::vector<std::vector<std::byte>>& frames) {
  std::string path = "/tmp/dpdk_ring.XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) Fail("no temporary file");
  pcap_t* ethernet = pcap_open_dead(DLT_EN10MB, 262'144);
  pcap_dumper_t* file = pcap_dump_fopen(ethernet, fdopen(fd, "wb"));
  for (size_t i = 0; i < kRepeated; ++i) {
    for (const auto& frame : frames) {
      pcap_pkthdr header{};
      header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
      pcap_dump(reinterpret_cast<u_char*>(file), &header,
                reinterpret_cast<const u_char*>(frame.data()));
    }
  }
  pcap_dump_close(file);
  pcap_close(ethernet);
  return path;
}

Cost RunLibpcap(const std::string& path) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  const Stopwatch watch;
  pcap_t* file = pcap_open_offline(path.c_str(), error.data());
  if (file == nullptr) Fail(error.data());
  uint64_t packets = 0;
  const auto count = [](u_char* user, const pcap_pkthdr*, const u_char*) {
    ++*reinterpret_cast<uint64_t*>(user);
  };
  pcap_loop(file, -1, count, reinterpret_cast<u_char*>(&packets));
  pcap_close(file);
  return watch.Per(packets);
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + kRounds / 2, values.end());
  return values[kRounds / 2];
}

void Run(bool huge) {
  std::vector<std::string> eal = {"-m", "256", "--no-pci", "--no-telemetry", "-l", "0"};
  if (huge) {
    eal.push_back("--in-memory");
  } else {
    eal.insert(eal.end(), {"--no-huge", "--no-shconf"});
  }
  if (const absl::Status started = StartEal(eal); !started.ok()) {
    Fail(std::string(started.message()));
  }
  const auto frames = Generate();
  const std::string path = WriteFile(frames);
  {
    const auto capture = OpenDpdk({.ports = {MakeRingPort(frames)}});
    if (!capture.ok()) Fail(std::string(capture.status().message()));
    std::vector<double> loop, worker, worker_cpu, ratio;
    RunLibpcap(path);
    for (size_t round = 0; round < kRounds; ++round) {
      const Cost empty = RunLibpcap(path);
      const Cost counting = RunWorkerOn((*capture)->queue(0));
      loop.push_back(empty.wall);
      worker.push_back(counting.wall);
      worker_cpu.push_back(counting.cpu);
      ratio.push_back(empty.wall / counting.wall);
    }
    std::remove(path.c_str());
    const auto [least, most] = std::minmax_element(loop.begin(), loop.end());
    std::printf(
        "empty libpcap loop  %5.1f ns a packet  %5.2f Mpps  (slowest / fastest round %.2f)\n",
        Median(loop), 1e3 / Median(loop), *most / *least);
    std::printf(
        "DPDK worker         %5.1f ns a packet  %5.2f Mpps  (CPU with the collector %.1f ns)\n",
        Median(worker), 1e3 / Median(worker), Median(worker_cpu));
    std::printf("its rate is %.2f of the loop's (median of %zu rounds, %.2f to %.2f)\n",
                Median(ratio), kRounds, *std::min_element(ratio.begin(), ratio.end()),
                *std::max_element(ratio.begin(), ratio.end()));
  }
  StopEal();
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) { rcodescope::Run(argc == 2 && argv[1] == std::string("--huge")); }
