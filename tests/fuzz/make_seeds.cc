// Writes the first inputs of a fuzz target, made from captures.
//
//   make_seeds frame|sequence|message|pcap|pcapng|compressed|label DIRECTORY CAPTURE…
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "capture/file_source.h"
#include "parse/frame.h"
#include "tests/fuzz/frame_sequence.h"
#include "tests/support/capture_file.h"

namespace rcodescope {
namespace {

constexpr size_t kLargestSeed = 4096;
constexpr size_t kMostOfACapture = 24;

class SeedDirectory {
 public:
  explicit SeedDirectory(std::string path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
  }

  void Add(const Bytes& seed) {
    if (seed.size() > kLargestSeed) return;
    std::ofstream file(path_ + "/" + std::to_string(count_++), std::ios::binary);
    file.write(reinterpret_cast<const char*>(seed.data()),
               static_cast<std::streamsize>(seed.size()));
  }
  size_t count() const { return count_; }

 private:
  std::string path_;
  size_t count_ = 0;
};

Bytes ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return Text(text);
}

FuzzFrame FrameOf(const Packet& packet) {
  return {.link = static_cast<uint8_t>(packet.link_type),
          .missing = static_cast<uint8_t>(std::min<uint32_t>(packet.wire - packet.captured, 255)),
          .step = 1,
          .bytes = Bytes(packet.data, packet.data + packet.captured)};
}

// The first frames of a capture, and as many from its end or middle as are read further on.
std::vector<FuzzFrame> FramesOf(const std::string& path) {
  FileSource source({.paths = {path}, .filter = {}});
  std::vector<FuzzFrame> frames;
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets && frames.size() < kMostOfACapture) {
    for (size_t i = 0; i < batch.size; ++i) frames.push_back(FrameOf(batch.packets[i]));
  }
  frames.resize(std::min(frames.size(), kMostOfACapture));
  return frames;
}

// The DNS message that a frame carries, if it is a whole one.
Bytes MessageOf(const FuzzFrame& frame) {
  static const PortSet ports(std::array{kDnsPort});
  Dissection dissection;
  const Content content =
      DissectFrame(frame.PacketAt(frame.bytes), {.dns_ports = &ports}, dissection);
  const Segment& segment = dissection.segment;
  if (content != Content::kSegment || !segment.on_dns_port) return {};
  const auto payload = segment.payload.captured();
  const size_t prefix = segment.transport == Transport::kTcp ? 2 : 0;
  if (payload.size() < prefix + kDnsHeaderSize) return {};
  return {payload.begin() + static_cast<std::ptrdiff_t>(prefix), payload.end()};
}

void AddFrames(const std::string& capture, SeedDirectory& seeds) {
  for (const FuzzFrame& frame : FramesOf(capture)) {
    seeds.Add(Join(U8(frame.link), U8(frame.missing), U8(60), frame.bytes));
  }
}

void AddSequences(const std::string& capture, SeedDirectory& seeds) {
  constexpr size_t kTogether = 6;
  std::vector<FuzzFrame> some;
  for (const FuzzFrame& frame : FramesOf(capture)) {
    some.push_back(frame);
    if (some.size() < kTogether) continue;
    seeds.Add(Wire(some));
    some.clear();
  }
  if (!some.empty()) seeds.Add(Wire(some));
}

void AddMessages(const std::string& capture, SeedDirectory& seeds) {
  for (const FuzzFrame& frame : FramesOf(capture)) {
    const Bytes message = MessageOf(frame);
    if (!message.empty()) seeds.Add(Join(U8(0), message));
  }
}

// The frames of a capture in each dialect of pcap.
void AddPcap(const std::string& capture, SeedDirectory& seeds) {
  std::vector<FileFrame> frames;
  for (const FuzzFrame& frame : FramesOf(capture)) {
    if (frames.size() < 4)
      frames.push_back({.time = {.ns = 1'767'225'600'000'000'000}, .bytes = frame.bytes});
  }
  unsigned dialect = 0;  // in the order of fuzz_pcap's magic numbers
  for (const auto& [nanoseconds, modified] :
       {std::pair(false, false), {true, false}, {false, true}}) {
    for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
      const Bytes file =
          Pcap(frames, {.order = order, .nanoseconds = nanoseconds, .modified = modified});
      seeds.Add(Join(U8(dialect++), Bytes(file.begin() + 4, file.end())));
    }
  }
}

void AddPcapng(const std::string& capture, SeedDirectory& seeds) {
  const Bytes whole = ReadFile(capture);
  if (whole.size() > 4 && Cut(whole, 4) == Hex("0a0d0d0a")) seeds.Add(whole);
  for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
    Pcapng file(order);
    file.Section().Interface({.resolution = 9, .offset = 5}).Interface({.link_type = 101});
    for (const FuzzFrame& frame : FramesOf(capture)) {
      const FileFrame packet{.time = {.ns = 1'767'225'600'000'000'000}, .bytes = frame.bytes};
      if (file.size() > 1024) break;
      file.Enhanced(packet, 1).Simple(frame.bytes).Obsolete(packet).Block(4, Fill(8));
    }
    seeds.Add(file.bytes());
  }
}

void AddCompressed(const std::string& capture, SeedDirectory& seeds) {
  const Bytes file = ReadFile(capture);
  for (unsigned mode = 0; mode < 8; ++mode) {
    seeds.Add(Join(U8(mode | (seeds.count() % 16 < 8 ? 0x80U : 0)), Hex("001155"),
                   Cut(file, std::min<size_t>(file.size(), 2000))));
  }
  for (const Bytes& compressed : {Gzip(file), Zstd(file)}) {
    seeds.Add(Join(Hex("00000000"), Cut(compressed, std::min<size_t>(compressed.size(), 3000))));
  }
}

void AddLabels(const std::string& capture, SeedDirectory& seeds) {
  for (const FuzzFrame& frame : FramesOf(capture)) {
    const Bytes message = MessageOf(frame);
    if (!message.empty()) seeds.Add(Join(U8(20), message));
  }
  seeds.Add(Join(U8(5), Text("Zürich.例え\\.\xe2\x80\xae\xf0\x9f\x8c\x8d\xff\x7f")));
}

int Run(const std::vector<std::string>& args) {
  const std::map<std::string, std::function<void(const std::string&, SeedDirectory&)>> kinds = {
      {"frame", AddFrames}, {"sequence", AddSequences}, {"message", AddMessages},
      {"pcap", AddPcap},    {"pcapng", AddPcapng},      {"compressed", AddCompressed},
      {"label", AddLabels},
  };
  if (args.size() < 3 || !kinds.contains(args[0])) {
    std::fputs("usage: make_seeds KIND DIRECTORY CAPTURE…\n", stderr);
    return 64;
  }
  SeedDirectory seeds(args[1]);
  for (size_t i = 2; i < args.size(); ++i) kinds.at(args[0])(args[i], seeds);
  return seeds.count() > 0 ? 0 : 65;
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) { return rcodescope::Run({argv + 1, argv + argc}); }
