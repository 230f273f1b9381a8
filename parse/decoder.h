// Frames in, observations out: one decoder per worker.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "capture/packet.h"
#include "parse/dns_message.h"
#include "parse/fragment_table.h"
#include "parse/frame.h"
#include "parse/observation_batch.h"
#include "parse/reassembly.h"
#include "parse/tcp_streams.h"

namespace rcodescope {

struct DecoderOptions {
  FrameOptions frames;
  size_t fragment_bytes = FragmentTable::kMinimumBytes;  // for datagrams in pieces
  size_t tcp_bytes = TcpStreams::kMinBytes;              // for streams
  uint64_t secret = 0;                                   // the process's hash key
};

// What a decoder has counted since its start. All counts only grow.
struct DecoderStats {
  std::array<uint64_t, kDispositions> dispositions{};  // of frames
  std::array<uint64_t, kMalformedReasons> malformed{};
  AnomalyCounts anomalies{};
  uint64_t messages = 0;  // observations given out

  uint64_t frames() const {
    uint64_t sum = 0;
    for (const uint64_t count : dispositions) sum += count;
    return sum;
  }
};

// Not thread-safe. No allocation, no exception after construction.
class Decoder final : private FragmentSink, private TcpMessageSink {
 public:
  // `sink` and what `options` refers to are borrowed.
  Decoder(const DecoderOptions& options, ObservationSink& sink);

  // False when the system refused the memory; then nothing else may be called.
  bool usable() const { return fragments_.usable() && tcp_.usable(); }

  // One frame ends in exactly one disposition, at once or, while it is held, when the datagram of
  // which it is a part ends. It gives 0 or more observations, which reach the sink no later than
  // the next Flush.
  void Decode(const Packet& packet);

  // To be called before the packets decoded so far become invalid.
  void Flush();

  // Ends what has waited too long. To be called where a slice of source time begins, and only
  // there, so that the same frames end the same way in whatever batches they come.
  void Expire(Timestamp now);
  // Ends everything that waits, at the end of input. Calls Flush.
  void Finish();

  DecoderStats stats() const;
  ReassemblyCounts reassembly() const;
  // Frames that wait for the rest of their datagrams.
  uint64_t held() const { return fragments_.held(); }

 private:
  void End(Disposition disposition, uint64_t frames = 1) {
    stats_.dispositions[static_cast<size_t>(disposition)] += frames;
  }
  bool DecodeCommon(const Packet& packet);
  [[gnu::noinline]] void DecodeOther(const Packet& packet);
  bool DecodeFragment(Content& content);
  Disposition DecodeSegment(const Segment& segment);
  static Disposition OtherPort(const Segment& segment);
  Disposition DecodeUdp(const Segment& segment);
  Disposition DecodeTcp(const Segment& segment);
  bool DecodeFirst(const IncompleteDatagram& datagram);
  Observation& DecodeOne(const Segment& segment, const FrameOrigin& origin, const Cursor& message,
                         Low4Reason when_cut = Low4Reason::kSnapLength);

  void OnIncomplete(const IncompleteDatagram& datagram) override;
  void OnMessage(const TcpFlow& flow, Timestamp time, Cursor message, uint32_t& note) override;

  const FrameOptions options_;
  ObservationSink& sink_;
  FrameOrigin origin_;  // of the frame that is being decoded
  uint16_t interface_ = 0;
  Dissection dissection_;
  FragmentTable fragments_;
  TcpStreams tcp_;
  std::unique_ptr<std::byte[]> nested_;  // a fragment inside a datagram that was put together
  ObservationBatch batch_;
  DecoderStats stats_;
};

}  // namespace rcodescope
