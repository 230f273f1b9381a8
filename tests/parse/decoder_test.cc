// What becomes of frames: dispositions, directions, TCP segments, batches of observations.
#include "parse/decoder.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"

namespace rcodescope {
namespace {

const Bytes kResponse = Wire(DnsMessage{.rcode = 3});
const Bytes kQuery = Wire(DnsMessage{.response = false});

uint64_t ShortHeaders(const DecodedFrame& decoded) {
  return decoded.stats.malformed[static_cast<size_t>(Malformed::kShortHeader)];
}

TEST(Decoder, PortsDecideWhatIsDns) {
  const struct {
    const char* name;
    uint16_t source;
    uint16_t destination;
    Disposition udp;
    Disposition tcp;
  } kCases[] = {
      {"a response", 53, 40'000, Disposition::kMessage, Disposition::kMessage},
      {"a query", 40'000, 53, Disposition::kMessage, Disposition::kMessage},
      {"53 on both sides", 53, 53, Disposition::kMessage, Disposition::kMessage},
      {"a client port below the server's", 7, 53, Disposition::kMessage, Disposition::kMessage},
      {"a client that uses mDNS's port", 53, 5353, Disposition::kMessage, Disposition::kMessage},
      {"a client that uses LLMNR's port", 5355, 53, Disposition::kMessage, Disposition::kMessage},
      {"a client that uses port 853", 53, 853, Disposition::kMessage, Disposition::kMessage},
      {"DNS over TLS or QUIC", 40'000, 853, Disposition::kEncrypted, Disposition::kEncrypted},
      {"its answer", 853, 40'000, Disposition::kEncrypted, Disposition::kEncrypted},
      {"LLMNR", 5355, 40'000, Disposition::kLlmnr, Disposition::kLlmnr},  // RFC 4795 §2.5: TCP, too
      {"a query by LLMNR", 40'000, 5355, Disposition::kLlmnr, Disposition::kLlmnr},
      {"another port", 40'000, 54, Disposition::kNotDnsPort, Disposition::kNotDnsPort},
      {"port 0", 0, 0, Disposition::kNotDnsPort, Disposition::kNotDnsPort},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Bytes udp =
        Ethernet(Ipv4(Udp(kResponse, {.source = test.source, .destination = test.destination})));
    EXPECT_EQ(DecodeFrame(udp).disposition, test.udp);
    const Bytes tcp = Ethernet(Ipv4(
        Tcp(LengthPrefixed(kResponse), {.source = test.source, .destination = test.destination})));
    EXPECT_EQ(DecodeFrame(tcp).disposition, test.tcp);
  }
}

TEST(Decoder, MulticastDnsIsIgnoredByName) {  // RFC 6762 §3
  for (const UdpFields& udp : {UdpFields{.source = 5353, .destination = 5353},
                               UdpFields{.source = 40'000, .destination = 5353},
                               UdpFields{.source = 5353, .destination = 40'000}}) {
    EXPECT_EQ(DecodeFrame(DnsFrame(kResponse, udp)).disposition, Disposition::kMdns);
  }
}

TEST(Decoder, PortsAreAsConfigured) {
  const Frame on_5300(DnsFrame(kResponse, {.source = 5300}));
  const Frame on_53(DnsFrame(kResponse));
  EXPECT_EQ(DecodeFrame(on_5300.packet, {53, 5300}).disposition, Disposition::kMessage);
  EXPECT_EQ(DecodeFrame(on_53.packet, {53, 5300}).disposition, Disposition::kMessage);
  EXPECT_EQ(DecodeFrame(on_5300.packet, {53}).disposition, Disposition::kNotDnsPort);
  EXPECT_EQ(DecodeFrame(on_53.packet, {5300}).disposition, Disposition::kNotDnsPort);
  const Frame on_5353(DnsFrame(kResponse, {.source = 5353}));
  EXPECT_EQ(DecodeFrame(on_5353.packet, {5353}).disposition, Disposition::kMessage)
      << "a port that was asked for";
}

TEST(Decoder, TunnelPortsAreNamed) {
  for (const uint16_t port :
       std::to_array<uint16_t>({4789, 6081})) {  // VXLAN RFC 7348 §5, Geneve RFC 8926 §3.3
    EXPECT_EQ(DecodeFrame(DnsFrame(kResponse, {.source = 40'000, .destination = port})).disposition,
              Disposition::kTunnel);
  }
}

TEST(Decoder, QrTellsClientFromServerWhateverThePorts) {
  const struct {
    const char* name;
    Bytes message;
    UdpFields udp;
    const char* client;
    uint16_t client_port;
  } kCases[] = {
      {"a response from 53", kResponse, {.source = 53, .destination = 4000}, "198.51.100.7", 4000},
      {"a query to 53", kQuery, {.source = 4000, .destination = 53}, "192.0.2.53", 4000},
      {"a response between 53 and 53",
       kResponse,
       {.source = 53, .destination = 53},
       "198.51.100.7",
       53},
      {"a query between 53 and 53", kQuery, {.source = 53, .destination = 53}, "192.0.2.53", 53},
      {"a reflected response to 53",
       kResponse,
       {.source = 4000, .destination = 53},
       "198.51.100.7",
       53},
      {"a query from 53", kQuery, {.source = 53, .destination = 80}, "192.0.2.53", 53},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const DecodedFrame decoded = DecodeFrame(DnsFrame(test.message, test.udp));
    ASSERT_EQ(decoded.messages.size(), 1u);
    const Observation& fields = decoded.messages[0].fields;
    EXPECT_EQ(fields.client.ToString(), test.client);
    EXPECT_NE(fields.server, fields.client);
    EXPECT_EQ(fields.client_port, test.client_port);
  }
}

TEST(Decoder, AnObservationSaysWhereItCameFrom) {
  Frame frame(Ethernet(Ipv6(Tcp(LengthPrefixed(kResponse))), {.tags = {{kVlanTpid, 77}}}));
  frame.packet.time = {123'456'789};
  frame.packet.frame = 42;
  frame.packet.interface = 3;
  const DecodedFrame decoded = DecodeFrame(frame.packet);
  ASSERT_EQ(decoded.messages.size(), 1u);
  const Observation& fields = decoded.messages[0].fields;
  EXPECT_EQ(fields.time.ns, 123'456'789);
  EXPECT_EQ(fields.frame, 42u);
  EXPECT_EQ(fields.tap.interface, 3);
  EXPECT_EQ(fields.tap.vlan, 77);
  EXPECT_EQ(fields.transport, Transport::kTcp);
  EXPECT_EQ(fields.family, Family::kIpv6);
  EXPECT_EQ(fields.server.ToString(), "2001:db8::53");
  EXPECT_EQ(fields.size, kResponse.size()) << "without the length prefix";
}

TEST(Decoder, APayloadShorterThanAHeaderIsMalformed) {
  for (size_t size = 0; size <= kResponse.size(); ++size) {
    SCOPED_TRACE(size);
    const bool malformed = size < kDnsHeaderSize;
    const Disposition expected = malformed ? Disposition::kMalformedMessage : Disposition::kMessage;
    const DecodedFrame sent = DecodeFrame(DnsFrame(Cut(kResponse, size)));
    EXPECT_EQ(sent.disposition, expected);
    EXPECT_EQ(ShortHeaders(sent), malformed ? 1u : 0u);
    const Bytes whole = DnsFrame(kResponse);
    const Frame cut(Cut(whole, 42 + size), LinkType::kEthernet,
                    static_cast<uint32_t>(whole.size()));
    EXPECT_EQ(DecodeFrame(cut.packet).disposition, expected);
  }
}

TEST(Decoder, TheUdpLengthEndsTheMessage) {
  const struct {
    const char* name;
    uint16_t length;
    Disposition expected;
    uint16_t size;
  } kCases[] = {
      {"right", static_cast<uint16_t>(8 + kResponse.size()), Disposition::kMessage,
       static_cast<uint16_t>(kResponse.size())},
      {"down to a header", 20, Disposition::kMessage, 12},
      {"one byte less", 19, Disposition::kMalformedMessage, 0},
      {"no payload", 8, Disposition::kMalformedMessage, 0},
      {"past the datagram's end", 0xffff, Disposition::kMessage,
       static_cast<uint16_t>(kResponse.size())},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const DecodedFrame decoded = DecodeFrame(DnsFrame(kResponse, {.length = test.length}));
    EXPECT_EQ(decoded.disposition, test.expected);
    if (!decoded.messages.empty()) {
      EXPECT_EQ(decoded.messages[0].fields.size, test.size);
    }
  }
}

TEST(Decoder, EthernetPaddingIsNoPartOfAMessage) {
  const Bytes header_only = Wire(DnsMessage{.rcode = 5, .questions = {}});
  const Bytes padded = Ethernet(Ipv4(Udp(header_only)), {.trailer = Fill(6)});
  ASSERT_EQ(padded.size(), 60u) << "the smallest frame, without its check sequence";
  const DecodedFrame decoded = DecodeFrame(padded);
  ASSERT_EQ(decoded.messages.size(), 1u);
  EXPECT_EQ(decoded.messages[0].fields.size, 12);
  EXPECT_EQ(decoded.stats.anomalies, AnomalyCounts{});
}

TEST(Decoder, TcpSegmentsThatHoldWholeMessages) {
  const Bytes one = LengthPrefixed(kResponse);
  const Bytes header_only = LengthPrefixed(Wire(DnsMessage{.rcode = 5, .questions = {}}));
  const struct {
    const char* name;
    Bytes payload;
    Disposition expected;
    size_t messages;
  } kCases[] = {
      {"one", one, Disposition::kMessage, 1},
      {"two", Join(one, one), Disposition::kMessage, 2},
      {"three of different lengths", Join(one, header_only, one), Disposition::kMessage, 3},
      {"the shortest", header_only, Disposition::kMessage, 1},
      {"none", {}, Disposition::kTcpNoPayload, 0},
      {"a length alone", Cut(one, 2), Disposition::kTcpPart, 0},
      {"half a length", Cut(one, 1), Disposition::kTcpDropped, 0},
      {"a message without its last byte", Cut(one, one.size() - 1), Disposition::kTcpPart, 0},
      {"a message and a byte more", Join(one, U8(0)), Disposition::kMessage, 1},
      {"a length of 0", U16(0), Disposition::kTcpDropped, 0},
      {"a length of 11", Join(U16(11), Fill(11)), Disposition::kTcpDropped, 0},
      {"a message, then a length of 0", Join(one, U16(0)), Disposition::kMessage, 1},
      {"a message, then a length of 11", Join(one, U16(11), Fill(11)), Disposition::kMessage, 1},
      {"the middle of a stream", Fill(100, 0xaa), Disposition::kTcpDropped, 0},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    for (const Bytes& packet : {Ipv4(Tcp(test.payload)), Ipv6(Tcp(test.payload)),
                                Ipv4(Tcp(test.payload, {.options = Fill(12, 1)}))}) {
      const DecodedFrame decoded = DecodeFrame(Ethernet(packet, {.trailer = Fill(6)}));
      EXPECT_EQ(decoded.disposition, test.expected);
      EXPECT_EQ(decoded.messages.size(), test.messages);
    }
  }
}

TEST(Decoder, ATcpMessageOf65535Bytes) {
  DnsMessage message{.rcode = 2, .additional = {Opt({.extended_rcode = 1})}};
  message.answers = {{.type = 10, .rdata = Fill(65'535 - Wire(message).size() - 12)}};
  const Bytes wire = Wire(message);
  ASSERT_EQ(wire.size(), 65'535u);
  const Bytes jumbogram = Ipv6(Tcp(LengthPrefixed(wire)), {.payload_length = uint16_t{0}});
  const DecodedFrame decoded = DecodeFrame(Ethernet(jumbogram));
  ASSERT_EQ(decoded.messages.size(), 1u);
  EXPECT_EQ(decoded.messages[0].fields.size, 65'535);
  EXPECT_EQ(decoded.messages[0].fields.rcode, Dns(18));
}

TEST(Decoder, TcpMessagesThatTheSnapLengthCutKeepTheirNibble) {
  const Bytes whole = Ethernet(Ipv4(Tcp(
      LengthPrefixed(Wire(DnsMessage{.rcode = 7, .additional = {Opt({.extended_rcode = 1})}})))));
  const size_t message = 14 + 20 + 20 + 2;
  for (size_t size = message + kDnsHeaderSize; size < whole.size(); ++size) {
    const Frame frame(Cut(whole, size), LinkType::kEthernet, static_cast<uint32_t>(whole.size()));
    const DecodedFrame decoded = DecodeFrame(frame.packet);
    ASSERT_EQ(decoded.messages.size(), 1u) << size;
    EXPECT_EQ(decoded.messages[0].fields.rcode, Dns(7));
    EXPECT_EQ(decoded.messages[0].fields.low4_reason, Low4Reason::kSnapLength);
  }
}

TEST(Decoder, OneFrameOneDispositionAndSumsThatAgree) {
  const PortSet ports(std::vector<uint16_t>{53});
  struct Sink final : ObservationSink {
    void Consume(const ObservationBatch& batch) override {
      EXPECT_GT(batch.size(), 0u);
      EXPECT_LE(batch.size(), ObservationBatch::kCapacity);
      for (const Observation& seen : batch.observations()) {
        names.push_back(PresentationForm(seen.qname));
        ids.push_back(seen.id);
      }
    }
    std::vector<std::string> names;
    std::vector<uint16_t> ids;
  } sink;
  const auto decoder =
      std::make_unique<Decoder>(DecoderOptions{.frames = {.dns_ports = &ports}}, sink);
  constexpr uint16_t kFrames = 1000;
  const std::string label(63, 'x');
  for (uint16_t i = 0; i < kFrames; ++i) {
    // Long names, so that batches end by their names, too.
    const std::string name = i % 3 == 0
                                 ? "n" + std::to_string(i)
                                 : label + "." + label + "." + label + "." + std::to_string(i);
    const Bytes message = Wire(DnsMessage{.id = i,
                                          .questions = {{.name = Name(name)}},
                                          .answers = {Cname(Pointer(12), Name("t." + name))},
                                          .authority = {Soa(Name("z" + std::to_string(i)))}});
    const Frame frame(DnsFrame(message));
    decoder->Decode(frame.packet);
    decoder->Flush();
    ASSERT_EQ(sink.ids.size(), i + 1u);
    ASSERT_EQ(sink.ids.back(), i);
    ASSERT_EQ(sink.names.back(), name + ".");
  }
  EXPECT_EQ(decoder->stats().messages, kFrames);
  EXPECT_EQ(decoder->stats().frames(), kFrames);
  const size_t before = sink.ids.size();
  decoder->Flush();
  EXPECT_EQ(sink.ids.size(), before) << "nothing is given out twice";
}

TEST(Decoder, ManyMessagesBeforeOneFlushAllReachTheSink) {
  Bytes segment;
  constexpr uint16_t kMessages = 300;  // more than a batch holds
  for (uint16_t i = 0; i < kMessages; ++i) {
    const std::string name = std::string(60, 'a') + "." + std::to_string(i);
    segment = Join(segment,
                   LengthPrefixed(Wire(DnsMessage{.id = i, .questions = {{.name = Name(name)}}})));
  }
  const DecodedFrame decoded = DecodeFrame(Ethernet(Ipv4(Tcp(segment))));
  ASSERT_EQ(decoded.messages.size(), kMessages);
  for (uint16_t i = 0; i < kMessages; ++i) {
    EXPECT_EQ(decoded.messages[i].fields.id, i) << "in their order";
    EXPECT_EQ(decoded.messages[i].qname, std::string(60, 'a') + "." + std::to_string(i) + ".");
  }
}

}  // namespace
}  // namespace rcodescope
