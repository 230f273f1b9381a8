#include "bench/flood_traffic.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "bench/byte_writer.h"
#include "parse/ip_address.h"

namespace rcodescope {
namespace {

constexpr double kZipfClients = 1e8;
constexpr int64_t kPacketNs = 1'000;
constexpr Timestamp kBegin{1'767'225'600 * kNanosPerSecond};  // 2026-01-01T00:00:00Z
constexpr uint64_t kEverydayZones = 64;
constexpr uint64_t kServers = 16;

// splitmix64's finalizer.
uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

// Names of two labels: a letter and seven hexadecimal digits, and a top-level domain.
struct Name {
  char letter;
  uint32_t number;
  const char* top;  // three letters
};

std::string TextOf(const Name& name) {
  char text[16];
  std::snprintf(text, sizeof(text), "%c%07x.%s.", name.letter, name.number & 0xfff'ffff, name.top);
  return text;
}

// A response in one Ethernet frame, of which the varying bytes are set anew for each.
class Frame {
 public:
  explicit Frame(bool ipv6) {
    constexpr uint16_t kDnsSize = 12 + 14 + 4;
    constexpr uint16_t kUdpSize = 8 + kDnsSize;
    ByteWriter out(bytes_);
    out.Zeros(12);
    out.U16(ipv6 ? 0x86dd : 0x0800);
    if (ipv6) {  // RFC 8200 §3
      out.U32(0x6000'0000);
      out.U16(kUdpSize);
      out.U16(17 << 8 | 64);
      server_ = out.size() + 15;
      client_ = out.size() + 16;
      for (int end = 0; end < 2; ++end) {
        out.U32(0x2001'0db8);
        out.Zeros(12);
      }
      out.PatchU16(server_ - 9, 0x53);
    } else {  // RFC 791 §3.1
      out.U16(0x4500);
      out.U16(20 + kUdpSize);
      out.U32(0);
      out.U32(64 << 24 | 17 << 16);
      server_ = out.size() + 3;
      client_ = out.size() + 4;
      out.U32(0xc000'0200);
      out.U32(0);
    }
    out.U16(53);
    out.U16(4096);
    out.U16(kUdpSize);
    out.U16(0);
    code_ = out.size() + 3;
    out.U16(0);
    out.U16(0x8180);
    out.U16(1);
    out.Zeros(6);
    out.U8(8);
    name_ = out.size();
    out.Zeros(8);
    out.U8(3);
    out.Zeros(3);
    out.U8(0);
    out.U16(1);
    out.U16(1);
    size_ = out.size();
  }

  void SetClient(uint32_t address) { PutU32(client_, address); }
  void SetClient64(uint64_t host) {
    PutU32(client_ + 8, static_cast<uint32_t>(host >> 32));
    PutU32(client_ + 12, static_cast<uint32_t>(host));
  }
  void SetServer(uint64_t number) { bytes_[server_] = std::byte(number % kServers + 1); }
  void SetCode(uint16_t code) { bytes_[code_] = std::byte(0x80U | code); }
  void SetName(const Name& name) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::byte* at = &bytes_[name_];
    at[0] = std::byte(name.letter);
    for (unsigned i = 0; i < 7; ++i) at[7 - i] = std::byte(kDigits[name.number >> 4 * i & 15]);
    std::memcpy(at + 9, name.top, 3);
  }

  const std::byte* data() const { return bytes_.data(); }
  uint32_t size() const { return static_cast<uint32_t>(size_); }

 private:
  void PutU32(size_t at, uint32_t value) {
    const uint32_t ordered = __builtin_bswap32(value);
    std::memcpy(&bytes_[at], &ordered, sizeof(ordered));
  }

  std::array<std::byte, 128> bytes_;
  size_t size_ = 0;
  size_t server_ = 0;  // its last byte
  size_t client_ = 0;
  size_t code_ = 0;
  size_t name_ = 0;
};

}  // namespace

std::string FailingZone(size_t number) {
  return TextOf({'f', static_cast<uint32_t>(number), "org"});
}

std::string ZipfClient(uint64_t rank) {
  IpAddress address{};
  const uint32_t prefix = __builtin_bswap32(0x2001'0db8);
  const uint64_t host = __builtin_bswap64(rank);
  std::memcpy(address.bytes.data(), &prefix, sizeof(prefix));
  std::memcpy(address.bytes.data() + 8, &host, sizeof(host));
  return address.ToString();
}

class FloodCapture::Queue final : public PacketSource {
 public:
  Queue(const FloodOptions& options, uint64_t first) : options_(options), next_(first) {
    truth_.zipf.resize(kCountedRanks);
    const uint64_t failures = kFailingZones * options.failures_each;
    failure_interval_ = std::max<uint64_t>(options.total() / std::max<uint64_t>(failures, 1), 8);
    failure_interval_ -= failure_interval_ % 8;  // all of them in the last eighth
  }

  PollResult Poll(PacketBatch& batch) override {
    batch.size = 0;
    if (next_ >= options_.total()) return PollResult::kEnd;
    const int64_t slice = SliceOf(TimeOf(next_), options_.slice);
    while (batch.size < PacketBatch::kCapacity && next_ < options_.total() &&
           SliceOf(TimeOf(next_), options_.slice) == slice) {
      const size_t place = batch.size++;
      const Frame& frame = options_.uniform_clients != 0 ? Uniform(place) : Make(place);
      batch.packets[place] = {.data = frame.data(),
                              .time = TimeOf(next_),
                              .frame = ++stats_.records,
                              .captured = frame.size(),
                              .wire = frame.size(),
                              .link_type = LinkType::kEthernet};
      stats_.bytes += frame.size();
      batch.now = stats_.last = TimeOf(next_);
      if (stats_.first == kNoTime) stats_.first = batch.now;
      next_ += options_.queues;
    }
    stats_.seen = stats_.records;
    stats_.offered = stats_.records;
    return PollResult::kPackets;
  }
  const CaptureStats& Stats() const override { return stats_; }
  const FloodTruth& truth() const { return truth_; }

 private:
  static Timestamp TimeOf(uint64_t number) {
    return {kBegin.ns + static_cast<int64_t>(number) * kPacketNs};
  }

  const Frame& Uniform(size_t place) {
    Frame& frame = ipv4_[place];
    frame.SetClient(static_cast<uint32_t>(Mix(next_) % options_.uniform_clients) * 0x9e37'79b1U);
    frame.SetServer(0);
    frame.SetName({'e', 0, "net"});
    Count(frame, kRcodeNoError);
    return frame;
  }

  const Frame& Make(size_t place) {
    const uint64_t random = Mix(next_);
    const Name everyday{'e', static_cast<uint32_t>(random % kEverydayZones), "net"};
    if (next_ % 8 < 4) {
      Frame& frame = ipv4_[place];
      // Times an odd number: each once.
      frame.SetClient(static_cast<uint32_t>(next_ / 8 * 4 + next_ % 4) * 0x9e37'79b1U);
      const bool random_name = next_ % 2 == 0;
      const auto number = static_cast<uint32_t>(next_ / 8 * 2 + next_ % 4 / 2);
      frame.SetName(random_name ? Name{'r', number, "com"} : everyday);
      Finish(frame, random, random_name ? kRcodeNxDomain : kRcodeNoError);
      return frame;
    }
    Frame& frame = ipv6_[place];
    frame.SetName(everyday);
    uint16_t code = random % 8 == 0 ? kRcodeNxDomain : kRcodeNoError;
    if (next_ % 8 != 7) {
      const double unit = static_cast<double>(random >> 11) / static_cast<double>(1ULL << 53);
      const auto rank = static_cast<uint64_t>(std::pow(kZipfClients, unit));
      if (rank < kCountedRanks) ++truth_.zipf[rank];
      frame.SetClient64(rank);
    } else {
      frame.SetClient64(uint64_t{1} << 40 | random % 1000);
      const uint64_t failure = next_ / 8 * 8;
      if (failure % failure_interval_ == 0) {
        const size_t zone = failure / failure_interval_ % kFailingZones;
        frame.SetName({'f', static_cast<uint32_t>(zone), "org"});
        ++truth_.failures[zone];
        code = kRcodeServFail;
      } else if (random % 64 == 0) {
        code = random % 128 == 0 ? 4 : kRcodeRefused;  // NOTIMP is 4
      }
    }
    Finish(frame, random, code);
    return frame;
  }

  void Finish(Frame& frame, uint64_t random, uint16_t code) {
    frame.SetServer(random >> 8);
    Count(frame, code);
  }

  void Count(Frame& frame, uint16_t code) {
    frame.SetCode(code);
    ++truth_.codes[code];
  }

  const FloodOptions options_;
  uint64_t next_;
  uint64_t failure_interval_;
  std::vector<Frame> ipv4_{PacketBatch::kCapacity, Frame(false)};
  std::vector<Frame> ipv6_{PacketBatch::kCapacity, Frame(true)};
  CaptureStats stats_;
  FloodTruth truth_;
};

FloodCapture::FloodCapture(const FloodOptions& options) {
  for (size_t i = 0; i < options.queues; ++i) {
    queues_.push_back(std::make_unique<Queue>(options, i));
  }
}

FloodCapture::~FloodCapture() = default;

PacketSource& FloodCapture::queue(size_t index) { return *queues_[index]; }

FloodTruth FloodCapture::truth() const {
  FloodTruth sum;
  sum.zipf.resize(kCountedRanks);
  for (const auto& queue : queues_) {
    const FloodTruth& truth = queue->truth();
    for (size_t i = 0; i < sum.codes.size(); ++i) sum.codes[i] += truth.codes[i];
    for (size_t i = 0; i < kCountedRanks; ++i) sum.zipf[i] += truth.zipf[i];
    for (size_t i = 0; i < kFailingZones; ++i) sum.failures[i] += truth.failures[i];
  }
  return sum;
}

}  // namespace rcodescope
