// Losses inside the program are planted, and the residuals tell of them.
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "aggregate/collector.h"
#include "parse/decoder.h"
#include "tests/pipeline/conservation.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {
namespace {

// Takes one frame away, or gives one twice, behind the back of the source that counted it.
class FaultySource final : public PacketSource {
 public:
  enum class Fault { kNone, kLose, kRepeat };

  FaultySource(PacketSource& inner, Fault fault) : inner_(inner), fault_(fault) {}

  PollResult Poll(PacketBatch& batch) override {
    const PollResult result = inner_.Poll(batch);
    if (done_ || batch.size == 0 || batch.size == PacketBatch::kCapacity) return result;
    if (fault_ == Fault::kLose) --batch.size;
    if (fault_ == Fault::kRepeat) {
      batch.packets[batch.size] = batch.packets[0];
      ++batch.size;
    }
    done_ = true;
    return result;
  }
  const CaptureStats& Stats() const override { return inner_.Stats(); }
  bool done() const { return done_; }

 private:
  PacketSource& inner_;
  Fault fault_;
  bool done_ = false;
};

TEST(LostFrame, TheResidualIsTheNumberOfFramesLost) {
  const Traffic traffic = MakeTraffic({.exchanges = 500});
  for (const size_t workers : std::array<size_t, 2>{1, 4}) {
    for (const auto& [fault, residual] : {std::pair{FaultySource::Fault::kNone, 0},
                                          {FaultySource::Fault::kLose, 1},
                                          {FaultySource::Fault::kRepeat, -1}}) {
      MemorySource inner(traffic.frames);
      FaultySource source(inner, fault);
      const Snapshot snapshot = CountPackets(source, SmallOptions(workers, 1));
      EXPECT_TRUE(source.done());
      EXPECT_EQ(snapshot.frames.seen, traffic.frames.size());
      EXPECT_EQ(snapshot.frames.residual, residual) << workers << " workers";
      EXPECT_EQ(snapshot.frames.message_residual, 0);
    }
  }
}

// Passes batches on, but for one.
class FaultySink final : public ObservationSink {
 public:
  explicit FaultySink(ObservationSink& inner) : inner_(inner) {}

  void Consume(const ObservationBatch& batch) override {
    if (batches_++ == 1) {
      lost_ = batch.size();
    } else {
      inner_.Consume(batch);
    }
  }
  uint64_t lost() const { return lost_; }

 private:
  ObservationSink& inner_;
  uint64_t batches_ = 0;
  uint64_t lost_ = 0;
};

// The decoder's count of messages and the collector's come about apart from each other, so that
// their difference, the message residual, is what was lost between them.
TEST(LostMessage, DecoderAndCollectorDifferByWhatWasLost) {
  const Traffic traffic = MakeTraffic({.exchanges = 500});
  Bell bell;
  std::vector<std::unique_ptr<Shard>> shards;
  shards.push_back(std::make_unique<Shard>(bell, uint64_t{1} << 20, 1));
  Collector collector({.key_bytes = uint64_t{1} << 20, .secret = 1}, bell, shards);
  Recorder recorder({}, DefaultZones(1), *shards.front());
  FaultySink sink(recorder);
  const PortSet ports(std::vector<uint16_t>{kDnsPort});
  const auto decoder =
      std::make_unique<Decoder>(DecoderOptions{.frames = {.dns_ports = &ports}}, sink);
  MemorySource source(traffic.frames, 3600 * kNanosPerSecond);
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets) {
    for (size_t i = 0; i < batch.size; ++i) decoder->Decode(batch.packets[i]);
    decoder->Flush();
  }
  recorder.Finish({});
  collector.Run();
  const Snapshot snapshot = collector.Build();
  ASSERT_GT(sink.lost(), 0U);
  EXPECT_EQ(decoder->stats().messages, traffic.queries + traffic.responses);
  EXPECT_EQ(decoder->stats().messages - (snapshot.query_total + snapshot.response_total),
            sink.lost());
  EXPECT_EQ(recorder.messages(), snapshot.query_total + snapshot.response_total);
}

}  // namespace
}  // namespace rcodescope
