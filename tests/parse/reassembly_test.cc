// Fragments and segments through a Decoder: what comes out, and that every frame ends once.
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "parse/decoder.h"
#include "tests/parse/decode.h"
#include "tests/support/frames.h"
#include "tests/support/wire.h"

namespace rcodescope {
namespace {

const Bytes kBadCookie = Wire(DnsMessage{
    .rcode = 7, .answers = {{.rdata = Fill(600)}}, .additional = {Opt({.extended_rcode = 1})}});

class DecoderRun final : public ObservationSink {
 public:
  void Consume(const ObservationBatch& batch) override {
    for (const Observation& message : batch.observations()) seen.emplace_back(message);
  }

  void Give(const Bytes& frame, int64_t seconds = 0) {
    const Frame held(frame);
    Packet packet = held.packet;
    packet.time = {seconds * kNanosPerSecond};
    packet.frame = ++given;
    decoder->Decode(packet);
    decoder->Flush();
    EXPECT_EQ(decoder->stats().frames() + decoder->held(), given);
  }
  void Finish() {
    decoder->Finish();
    EXPECT_EQ(decoder->stats().frames(), given);
    EXPECT_EQ(decoder->held(), 0U);
    EXPECT_EQ(decoder->stats().messages, seen.size());
  }
  uint64_t Ended(Disposition disposition) const {
    return decoder->stats().dispositions[static_cast<size_t>(disposition)];
  }
  uint64_t Happened(ReassemblyEvent event) const {
    return decoder->reassembly()[static_cast<size_t>(event)];
  }

  std::unique_ptr<Decoder> decoder =
      std::make_unique<Decoder>(DecoderOptions{.frames = DnsFrames()}, *this);
  std::vector<Seen> seen;
  uint64_t given = 0;
};

// The IPv4 datagram of a UDP message in pieces of `size` bytes, a multiple of 8.
std::vector<Bytes> Fragments(const Bytes& message, size_t size) {
  const Bytes whole = Ipv4(Udp(message));
  const Bytes payload(whole.begin() + 20, whole.end());
  std::vector<Bytes> frames;
  for (size_t at = 0; at < payload.size(); at += size) {
    const size_t end = std::min(at + size, payload.size());
    const size_t length = 20 + end - at;
    const size_t word = at / 8 | (end == payload.size() ? 0 : 0x2000);
    Bytes header = Cut(whole, 20);
    header[2] = static_cast<std::byte>(length >> 8);
    header[3] = static_cast<std::byte>(length & 255);
    header[6] = static_cast<std::byte>(word >> 8);
    header[7] = static_cast<std::byte>(word & 255);
    const auto from = payload.begin() + static_cast<std::ptrdiff_t>(at);
    const auto to = payload.begin() + static_cast<std::ptrdiff_t>(end);
    frames.push_back(Ethernet(Join(header, Bytes(from, to))));
  }
  return frames;
}

TEST(Reassembly, FragmentsInAnyOrderAreOneMessage) {
  for (const bool reversed : {false, true}) {
    std::vector<Bytes> frames = Fragments(kBadCookie, 200);
    ASSERT_EQ(frames.size(), 4U);
    if (reversed) std::reverse(frames.begin(), frames.end());
    DecoderRun run;
    for (const Bytes& frame : frames) run.Give(frame);
    ASSERT_EQ(run.seen.size(), 1U);
    EXPECT_EQ(run.seen[0].fields.rcode, Dns(23));
    EXPECT_EQ(run.seen[0].fields.certainty, Certainty::kFull);
    EXPECT_EQ(run.seen[0].fields.frame, 4U);
    run.Finish();
    EXPECT_EQ(run.Ended(Disposition::kMessage), 1U);
    EXPECT_EQ(run.Ended(Disposition::kFragment), 3U);
    EXPECT_EQ(run.Happened(ReassemblyEvent::kDatagramComplete), 1U);
  }
}

TEST(Reassembly, WithoutTheLastFragmentTheNibbleIsCountedWhenTheDatagramEnds) {
  for (const bool timed_out : {false, true}) {
    DecoderRun run;
    const std::vector<Bytes> frames = Fragments(kBadCookie, 200);
    for (size_t i = 0; i + 1 < frames.size(); ++i) run.Give(frames[i]);
    EXPECT_TRUE(run.seen.empty());
    EXPECT_EQ(run.decoder->held(), 3U);
    if (timed_out) {
      run.decoder->Expire({29 * kNanosPerSecond});
      EXPECT_EQ(run.decoder->held(), 3U);
      run.decoder->Expire({30 * kNanosPerSecond});
      EXPECT_EQ(run.decoder->held(), 0U);
    }
    run.Finish();
    ASSERT_EQ(run.seen.size(), 1U);
    EXPECT_EQ(run.seen[0].fields.rcode, Dns(7));
    EXPECT_EQ(run.seen[0].fields.certainty, Certainty::kLow4);
    EXPECT_EQ(run.seen[0].fields.low4_reason, Low4Reason::kFirstFragment);
    EXPECT_EQ(run.seen[0].fields.frame, 1U);
    EXPECT_EQ(run.Ended(Disposition::kMessage), 1U);
    EXPECT_EQ(run.Ended(Disposition::kFragmentIncomplete), 2U);
    EXPECT_EQ(run.Happened(timed_out ? ReassemblyEvent::kDatagramTimeout
                                     : ReassemblyEvent::kDatagramEndOfInput),
              1U);
  }
}

TEST(Reassembly, AFirstFragmentThatHoldsNoMessageIsJustIncomplete) {
  const struct {
    const char* name;
    Payload payload;
  } kCases[] = {
      {"of another port", Udp(kBadCookie, {.source = 5000})},
      {"of TCP", Tcp(LengthPrefixed(kBadCookie))},
      {"of ICMP", {1, Fill(64)}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    DecoderRun run;
    const Bytes whole = Ipv4(test.payload, {.fragment = kMoreFragments});
    run.Give(Ethernet(WithU16(Cut(whole, 20 + 48), 2, 20 + 48)));
    run.Finish();
    EXPECT_EQ(run.Ended(Disposition::kFragmentIncomplete), 1U);
    EXPECT_TRUE(run.seen.empty());
  }
  DecoderRun run;
  run.Give(Fragments(Cut(kBadCookie, 40), 16)[0]);  // the UDP header and 8 bytes
  run.Finish();
  EXPECT_EQ(run.Ended(Disposition::kFragmentIncomplete), 1U);
  EXPECT_TRUE(run.seen.empty());
}

TEST(Reassembly, AMessageInAStreamThatIsShorterThanAHeaderIsMalformed) {
  DecoderRun run;
  run.Give(Ethernet(Ipv4(Tcp({}, {.sequence = 999, .flags = 0x12}))));
  run.Give(Ethernet(Ipv4(Tcp(Join(LengthPrefixed(Fill(5)), LengthPrefixed(kBadCookie))))));
  run.Finish();
  EXPECT_EQ(run.decoder->stats().malformed[static_cast<size_t>(Malformed::kShortHeader)], 1U);
  EXPECT_EQ(run.seen.size(), 1U);
}

TEST(Reassembly, WithoutTheFirstFragmentNothingIsKnown) {
  DecoderRun run;
  const std::vector<Bytes> frames = Fragments(kBadCookie, 200);
  for (size_t i = 1; i < frames.size(); ++i) run.Give(frames[i]);
  run.Finish();
  EXPECT_TRUE(run.seen.empty());
  EXPECT_EQ(run.Ended(Disposition::kFragmentIncomplete), 3U);
}

TEST(Reassembly, AFrameSentTwiceCountsTwiceOverUdpAndOnceOverTcp) {
  DecoderRun run;
  for (int i = 0; i < 2; ++i) run.Give(DnsFrame(kBadCookie));
  EXPECT_EQ(run.seen.size(), 2U) << "a server that answers twice sends the same";
  for (int i = 0; i < 2; ++i) run.Give(Ethernet(Ipv4(Tcp(LengthPrefixed(kBadCookie)))));
  EXPECT_EQ(run.seen.size(), 3U);
  EXPECT_EQ(run.Ended(Disposition::kTcpDuplicate), 1U);
  run.Finish();
}

TEST(Reassembly, OverlappingFragmentsAreBelievedNothing) {  // RFC 5722
  DecoderRun run;
  const std::vector<Bytes> whole = Fragments(kBadCookie, 200);
  const std::vector<Bytes> other = Fragments(kBadCookie, 104);
  run.Give(whole[0]);
  run.Give(other[1]);  // bytes 104 to 208
  run.Finish();
  EXPECT_TRUE(run.seen.empty());
  EXPECT_EQ(run.Ended(Disposition::kFragmentIncomplete), 2U);
  EXPECT_EQ(run.Happened(ReassemblyEvent::kDatagramOverlap), 1U);
}

TEST(Reassembly, AMessageInSegmentsIsCountedOnceWhereItEnds) {
  const Bytes stream = LengthPrefixed(kBadCookie);
  DecoderRun run;
  run.Give(Ethernet(Ipv4(Tcp({}, {.sequence = 999, .flags = 0x12}))));
  for (size_t at = 0; at < stream.size(); at += 100) {
    const Bytes part = Cut(Bytes(stream.begin() + static_cast<std::ptrdiff_t>(at), stream.end()),
                           std::min<size_t>(100, stream.size() - at));
    const Bytes frame = Ethernet(Ipv4(Tcp(part, {.sequence = static_cast<uint32_t>(1000 + at)})));
    run.Give(frame);
    run.Give(frame);  // and once more
  }
  run.Finish();
  ASSERT_EQ(run.seen.size(), 1U);
  EXPECT_EQ(run.seen[0].fields.rcode, Dns(23));
  EXPECT_EQ(run.seen[0].fields.transport, Transport::kTcp);
  EXPECT_EQ(run.Ended(Disposition::kMessage), 1U);
  EXPECT_EQ(run.Ended(Disposition::kTcpDuplicate), run.Ended(Disposition::kTcpPart) + 1);
  EXPECT_EQ(run.Ended(Disposition::kTcpNoPayload), 1U);
}

TEST(Reassembly, AMessageThatNeverEndsIsNoMessage) {
  const Bytes stream = LengthPrefixed(kBadCookie);
  DecoderRun run;
  run.Give(Ethernet(Ipv4(Tcp(Cut(stream, 300)))));
  run.Finish();
  EXPECT_TRUE(run.seen.empty());
  EXPECT_EQ(run.Ended(Disposition::kTcpPart), 1U);
  EXPECT_EQ(run.Happened(ReassemblyEvent::kMessageIncomplete), 1U);
}

}  // namespace
}  // namespace rcodescope
