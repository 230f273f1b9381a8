// One capture through the file reader, AF_PACKET and libpcap gives the same observations.
#include <algorithm>
#include <array>
#include <filesystem>
#include <thread>

#include "capture/live_pcap.h"
#include "parse/decoder.h"
#include "tests/capture/live_fixture.h"
#include "tests/capture/read_capture.h"

namespace rcodescope {
namespace {

// All that was found but times, which differ, and the frames' numbers, which the filter changes.
class Notes final : public ObservationSink {
 public:
  void Consume(const ObservationBatch& batch) override {
    for (const Observation& seen : batch.observations()) all.push_back(Describe(seen));
  }

  std::vector<std::string> all;

 private:
  static std::string Describe(const Observation& seen) {
    std::string text;
    for (const uint64_t number : std::initializer_list<uint64_t>{
             seen.client_port, seen.id, seen.flags, seen.size,
             static_cast<uint64_t>(seen.transport), static_cast<uint64_t>(seen.certainty),
             static_cast<uint64_t>(seen.rcode.space), seen.rcode.code, seen.qtype,
             static_cast<uint64_t>(seen.kind), seen.tap.vlan, seen.tap.vni, seen.tap.erspan_session,
             seen.tap.mpls_label}) {
      text += std::to_string(number) + ' ';
    }
    return text + seen.client.ToString() + ' ' + seen.server.ToString() + ' ' +
           PresentationForm(seen.qname) + ' ' + PresentationForm(seen.final_name);
  }
};

struct Outcome {
  std::vector<std::string> observations;
  std::array<uint64_t, kDispositions> dispositions{};
};

// Decodes all that a source gives, as if it came at once: how long streams and fragments have
// waited for each other is not the same in a file and on the wire.
Outcome Decode(PacketSource& source) {
  const PortSet ports(std::array<uint16_t, 1>{kDnsPort});
  Notes notes;
  const auto decoder =
      std::make_unique<Decoder>(DecoderOptions{.frames = {.dns_ports = &ports}}, notes);
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets) {
    for (size_t i = 0; i < batch.size; ++i) {
      Packet packet = batch.packets[i];
      packet.time = {};
      decoder->Decode(packet);
    }
    decoder->Flush();
  }
  decoder->Finish();
  return {std::move(notes.all), decoder->stats().dispositions};
}

// The captures of the tests, as files and as frames to send.
class LiveEqual : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    if (IsSkipped()) return;
    std::vector<std::string> paths;
    for (const auto& file : std::filesystem::directory_iterator(TEST_CAPTURES)) {
      if (file.path().string().find(".pcap") != std::string::npos) paths.push_back(file.path());
    }
    std::sort(paths.begin(), paths.end());
    std::copy_if(paths.begin(), paths.end(), std::back_inserter(paths_),
                 [this](const std::string& path) { return AddFrames(path); });
    ASSERT_GT(paths_.size(), 20u);
    FileSource source({.paths = paths_});
    from_file_ = Decode(source);
    ASSERT_GT(from_file_.observations.size(), 5000u);
  }

  // False of a capture that no cable carries: another framing, frames cut off or too short.
  bool AddFrames(const std::string& path) {
    const Got got = ReadFiles({.paths = {path}});
    const bool fit = std::all_of(got.frames.begin(), got.frames.end(), [](const GotFrame& frame) {
      return frame.packet.link_type == LinkType::kEthernet &&
             frame.packet.captured == frame.packet.wire && frame.bytes.size() > 14;
    });
    if (!fit || got.file().error != InputError::kNone) return false;
    for (const GotFrame& frame : got.frames) frames_.push_back(frame.bytes);
    return true;
  }

  // Sends all frames, of which the ring has room for all, and compares.
  void SendAndCompare(LiveCapture& capture) {
    Outcome live;
    std::thread worker([&] { live = Decode(capture.queue(0)); });
    FrameSender sender("wire");
    for (size_t i = 0; i < frames_.size(); ++i) ASSERT_TRUE(sender.Send(frames_[i])) << i;
    capture.Stop();
    worker.join();
    const CaptureStats& stats = capture.queue(0).Stats();
    EXPECT_EQ(Network::Received("tap"), frames_.size());
    EXPECT_EQ(stats.dropped[static_cast<size_t>(DropStage::kRing)].value_or(0), 0u);
    EXPECT_EQ(stats.dropped[static_cast<size_t>(DropStage::kKernel)].value_or(0), 0u);
    EXPECT_EQ(stats.offered, stats.records);
    EXPECT_EQ(live.observations.size(), from_file_.observations.size());
    const auto [ours, theirs] =
        std::mismatch(live.observations.begin(), live.observations.end(),
                      from_file_.observations.begin(), from_file_.observations.end());
    EXPECT_TRUE(ours == live.observations.end())
        << "live: " << *ours << ", number " << ours - live.observations.begin();
    EXPECT_TRUE(theirs == from_file_.observations.end()) << "file: " << *theirs;
    for (size_t d = 0; d < kDispositions; ++d) {
      const auto name = kDispositionTable[d].name;
      if (static_cast<Disposition>(d) == Disposition::kNotDnsPort) {
        EXPECT_EQ(frames_.size() - stats.records, from_file_.dispositions[d] - live.dispositions[d])
            << "the filter keeps back nothing else";
      } else {
        EXPECT_EQ(live.dispositions[d], from_file_.dispositions[d]) << name;
      }
    }
  }

  std::vector<std::string> paths_;
  std::vector<Bytes> frames_;
  Outcome from_file_;
};

TEST_F(LiveEqual, AfPacketSeesWhatAFileHolds) {
  const auto capture = Open();
  ASSERT_NE(capture, nullptr);
  SendAndCompare(*capture);
}

TEST_F(LiveEqual, LibpcapSeesWhatAFileHolds) {
  const auto capture = OpenLivePcap({.interface = "tap"});
  ASSERT_TRUE(capture.ok()) << capture.status();
  SendAndCompare(**capture);
}

}  // namespace
}  // namespace rcodescope
