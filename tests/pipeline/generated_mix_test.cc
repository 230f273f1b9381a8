// The traffic of the benchmarks, whose generator keeps a ledger of its own, through the program.
#include <array>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/traffic_generator.h"
#include "tests/pipeline/conservation.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {
namespace {

constexpr size_t kPackets = 150'000;

class GeneratedMix : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    TrafficGenerator generator(
        {.seed = 20260101,
         .population = {.clients = 20'000, .servers = 200, .zones = 5'000, .names = 40'000}});
    frames_ = new std::vector<TimedFrame>(kPackets);
    for (TimedFrame& frame : *frames_) {
      const Packet packet = generator.Next();
      frame = {packet.time, Bytes(packet.data, packet.data + packet.captured)};
    }
    ledger_ = new TrafficLedger(generator.ledger());
  }
  static void TearDownTestSuite() {
    delete frames_;
    delete ledger_;
  }

  static PipelineOptions Options(size_t workers, uint64_t key) {
    PipelineOptions options = SmallOptions(workers, key);
    options.memory = uint64_t{128} << 20;
    options.keep_errors = false;  // windows with this many errors have no room for all their keys
    return options;
  }

  static std::vector<TimedFrame>* frames_;
  static TrafficLedger* ledger_;
};

std::vector<TimedFrame>* GeneratedMix::frames_ = nullptr;
TrafficLedger* GeneratedMix::ledger_ = nullptr;

// Whole messages are counted; those in several frames are as long as nothing puts them together.
TEST_F(GeneratedMix, AgreesWithTheGeneratorsLedger) {
  MemorySource source(*frames_);
  const Snapshot snapshot = CountPackets(source, Options(1, 1));
  ExpectConserved(snapshot, 500);
  const MessageCounts& made = ledger_->complete;
  EXPECT_EQ(snapshot.frames.seen, ledger_->packets);
  EXPECT_EQ(snapshot.frames.bytes, ledger_->bytes);
  EXPECT_EQ(snapshot.query_total, made.queries);
  EXPECT_EQ(snapshot.response_total, made.responses);
  EXPECT_EQ(snapshot.header_rcodes, made.rcodes);
  for (size_t kind = 1; kind < kAnswerKinds; ++kind) {
    EXPECT_EQ(snapshot.answer_kinds[kind], made.kinds[kind]) << kAnswerKindNames[kind];
  }
  std::map<uint16_t, uint64_t> ede;
  for (const EdeCount& row : snapshot.ede) ede[row.info_code] += row.count;
  EXPECT_EQ(ede, made.ede);
  const auto disposition = [&](Disposition d) {
    return snapshot.frames.dispositions[static_cast<size_t>(d)];
  };
  EXPECT_EQ(disposition(Disposition::kMessage) + disposition(Disposition::kFragment) +
                disposition(Disposition::kTcpPart),
            ledger_->Frames(FrameKind::kUdpMessage) + ledger_->Frames(FrameKind::kTcpMessage) +
                ledger_->Frames(FrameKind::kFragment) + ledger_->Frames(FrameKind::kTcpSegment));
  EXPECT_GT(disposition(Disposition::kFragment), 0U);
  EXPECT_GT(disposition(Disposition::kTcpPart), 0U);
  EXPECT_EQ(disposition(Disposition::kTcpNoPayload), ledger_->Frames(FrameKind::kTcpControl));
  EXPECT_EQ(disposition(Disposition::kIcmp), ledger_->Frames(FrameKind::kIcmp));
  EXPECT_EQ(disposition(Disposition::kNotDnsPort), ledger_->Frames(FrameKind::kOtherUdp));
  EXPECT_EQ(disposition(Disposition::kNotIp), ledger_->Frames(FrameKind::kArp));
}

TEST_F(GeneratedMix, IsTheSameForAnyWorkersAndKey) {
  MemorySource first(*frames_);
  const Snapshot snapshot = CountPackets(first, Options(1, 1));
  for (const DimensionCount& dimension : snapshot.dimensions) {
    ASSERT_EQ(dimension.overflow_responses, 0U);
  }
  const std::string expected = Reports(snapshot);
  uint64_t key = 7;
  for (const size_t workers : std::array<size_t, 5>{1, 2, 4, 7, 16}) {
    key *= 0x9e37'79b9'7f4a'7c15;
    MemorySource source(*frames_);
    EXPECT_TRUE(Reports(CountPackets(source, Options(workers, key))) == expected)
        << workers << " workers, key " << key;
  }
}

TEST_F(GeneratedMix, KeepsItsTotalsInTablesThatAreTooSmall) {
  MemorySource source(*frames_);
  PipelineOptions options = Options(2, 1);
  options.memory = uint64_t{1} << 20;
  const Snapshot snapshot = CountPackets(source, options);
  ExpectConserved(snapshot, options.top);
  EXPECT_EQ(snapshot.header_rcodes, ledger_->complete.rcodes);
  EXPECT_GT(snapshot.dimensions[static_cast<size_t>(Dimension::kClient)].overflow_responses, 0U);
}

}  // namespace
}  // namespace rcodescope
