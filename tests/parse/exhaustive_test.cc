// Every prefix of rich responses, and messages changed at random: nothing is read past the end, and
// a code that is called full is right.
#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"

namespace rcodescope {
namespace {

struct Rich {
  const char* name;
  DnsMessage message;
  unsigned code;     // of 12 bits
  Rcode specific;    // the code of the whole message
  size_t opt_index;  // of the OPT among the additional records
};

std::vector<Rich> RichResponses() {
  const std::vector<DnsQuestion> question = {{.name = Name("www.example.com"), .type = 28}};
  const std::vector<DnsRecord> chain = {Cname(Pointer(12), Join(Labels("a.b"), Pointer(16))),
                                        Cname(Name("a.b.example.com"), Name("cdn.test")),
                                        {.owner = Name("cdn.test"), .type = 28, .rdata = Fill(16)}};
  const std::vector<DnsRecord> authority = {
      Ns(Pointer(16)), Soa(Pointer(16)), {.owner = Pointer(16), .type = 46, .rdata = Fill(70)}};
  const DnsRecord opt_1 =
      Opt({.extended_rcode = 1, .options = Join(Option(10, Fill(24)), Ede(22, "text"), Ede(3))});
  return {
      {"BADCOOKIE",
       {.rcode = 7,
        .questions = question,
        .answers = chain,
        .authority = authority,
        .additional = {A(Name("ns.example")), opt_1, A(Pointer(16))}},
       23,
       Dns(23),
       1},
      {"BADKEY",
       {.rcode = 9, .questions = question, .additional = {Opt(), Tsig({.error = 17})}},
       9,
       {RcodeSpace::kTsig, 17},
       0},
      {"BADMODE",
       {.questions = {{.name = Name("key.example"), .type = 249}},
        .answers = {Tkey(19)},
        .additional = {Opt(), Tsig({})}},
       0,
       {RcodeSpace::kTkey, 19},
       0},
  };
}

// Length up to and with the fixed fields of the OPT, which hold the code.
size_t OptReachedAt(const DnsMessage& message, size_t opt_index) {
  DnsMessage front = message;
  front.additional.resize(opt_index);
  return Wire(front).size() + 11;
}

// What holds for any response: which code is counted under which certainty.
void ExpectConsistent(const Seen& seen) {
  const Rcode rcode = seen.fields.rcode;
  if (rcode.space == RcodeSpace::kDns) {
    EXPECT_EQ(rcode.code & 0xf, seen.fields.header_rcode());
    EXPECT_LT(rcode.code, 4096);
  }
  if (!seen.full()) {
    EXPECT_EQ(rcode, Dns(seen.fields.header_rcode())) << "low4 is the nibble";
  }
  if (rcode.space == RcodeSpace::kTsig) {
    EXPECT_EQ(seen.fields.header_rcode(), 9);
  }
  if (rcode.space == RcodeSpace::kTkey) {
    EXPECT_EQ(seen.fields.header_rcode(), 0);
  }
}

TEST(Exhaustive, EveryPrefixThatTheSnapLengthLeaves) {
  for (const Rich& rich : RichResponses()) {
    const Bytes whole = Wire(rich.message);
    const size_t reached = OptReachedAt(rich.message, rich.opt_index);
    for (size_t size = kDnsHeaderSize; size <= whole.size(); ++size) {
      SCOPED_TRACE(std::string(rich.name) + " cut to " + std::to_string(size));
      const Decoded decoded = Decode(Cut(whole, size), whole.size());
      ExpectConsistent(decoded.seen);
      EXPECT_EQ(decoded.seen.full(), size >= reached);
      EXPECT_EQ(decoded.anomalies, std::vector<Anomaly>{});
      const Rcode rcode = decoded.seen.fields.rcode;
      EXPECT_TRUE(!decoded.seen.full() || rcode == Dns(rich.code) || rcode == rich.specific);
      if (!decoded.seen.full()) {
        EXPECT_EQ(decoded.seen.fields.low4_reason, Low4Reason::kSnapLength);
      }
    }
    EXPECT_EQ(Decode(whole).seen.fields.rcode, rich.specific);
  }
}

TEST(Exhaustive, EveryPrefixThatWasAllThereWasOnTheWire) {
  for (const Rich& rich : RichResponses()) {
    const Bytes whole = Wire(rich.message);
    const size_t reached = OptReachedAt(rich.message, rich.opt_index);
    const size_t opt_end = reached + rich.message.additional[rich.opt_index].rdata.size();
    for (size_t size = kDnsHeaderSize; size < whole.size(); ++size) {
      SCOPED_TRACE(std::string(rich.name) + " ends at " + std::to_string(size));
      const Decoded decoded = Decode(Cut(whole, size));
      ExpectConsistent(decoded.seen);
      EXPECT_EQ(decoded.seen.full(), size >= opt_end) << "an OPT past the end is not believed";
      EXPECT_FALSE(decoded.anomalies.empty());
      if (decoded.seen.full()) {
        EXPECT_EQ(decoded.seen.fields.rcode,
                  Dns(rich.code) == Dns(0) ? rich.specific : Dns(rich.code));
      }
    }
  }
}

TEST(Exhaustive, EveryByteChanged) {
  for (const Rich& rich : RichResponses()) {
    const Bytes whole = Wire(rich.message);
    for (size_t at = 0; at < whole.size(); ++at) {
      for (const unsigned value : {0x00u, 0x01u, 0x3fu, 0x40u, 0x80u, 0xc0u, 0xffu}) {
        SCOPED_TRACE(std::string(rich.name) + " byte " + std::to_string(at));
        const Decoded decoded = Decode(WithU8(whole, at, value));
        if (decoded.seen.fields.is_response) ExpectConsistent(decoded.seen);
      }
    }
  }
}

TEST(Exhaustive, FramesChangedAtRandom) {
  const std::vector<Rich> rich = RichResponses();
  std::vector<Bytes> seeds;
  for (const Rich& one : rich) {
    const Bytes message = Wire(one.message);
    seeds.push_back(Ethernet(Ipv4(Udp(message), {.options = Fill(4, 1)})));
    seeds.push_back(
        Ethernet(Ipv6(Udp(message), {.extensions = {HopByHop()}}), {.tags = {{kVlanTpid, 1}}}));
    seeds.push_back(Ethernet(Ipv4(Tcp(Join(LengthPrefixed(message), LengthPrefixed(message))))));
  }
  constexpr uint64_t kSeed = 20260101;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = seeds[random() % seeds.size()];
    const uint32_t wire = static_cast<uint32_t>(bytes.size());
    for (uint64_t changes = random() % 4; changes != 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    if (random() % 2 == 0) bytes.resize(random() % (bytes.size() + 1));
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", frame " + std::to_string(i));
    const Frame frame(bytes, LinkType::kEthernet, wire);
    for (const Seen& seen : DecodeFrame(frame.packet).messages) {
      if (seen.fields.is_response) ExpectConsistent(seen);
    }
  }
}

}  // namespace
}  // namespace rcodescope
