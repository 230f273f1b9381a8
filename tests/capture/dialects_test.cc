// pcap and pcapng: every dialect of the same frames gives the same packets.
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "tests/capture/read_capture.h"

namespace rcodescope {
namespace {

constexpr ByteOrder kLittle = ByteOrder::kLittle;
constexpr ByteOrder kBig = ByteOrder::kBig;

Bytes PcapngOf(ByteOrder order, const std::vector<FileFrame>& frames,
               const Pcapng::InterfaceFields& fields) {
  Pcapng file(order);
  file.Section().Interface(fields);
  for (const FileFrame& frame : frames) file.Enhanced(frame);
  return file.bytes();
}

Bytes ObsoleteBlocks(ByteOrder order, const std::vector<FileFrame>& frames) {
  Pcapng file(order);
  file.Section().Interface();
  for (const FileFrame& frame : frames) file.Obsolete(frame);
  return file.bytes();
}

TEST(Dialects, AllGiveTheSamePackets) {
  const auto frames = SomeFrames(200);
  const struct {
    const char* name;
    Bytes file;
  } kCases[] = {
      {"pcap µs, little endian", Pcap(frames)},
      {"pcap µs, big endian", Pcap(frames, {.order = kBig})},
      {"pcap ns, little endian", Pcap(frames, {.nanoseconds = true})},
      {"pcap ns, big endian", Pcap(frames, {.order = kBig, .nanoseconds = true})},
      {"Kuznetzov's pcap, little endian", Pcap(frames, {.modified = true})},
      {"Kuznetzov's pcap, big endian", Pcap(frames, {.order = kBig, .modified = true})},
      {"pcapng, little endian", PcapngOf(kLittle, frames, {})},
      {"pcapng, big endian", PcapngOf(kBig, frames, {})},
      {"pcapng of nanoseconds", PcapngOf(kBig, frames, {.resolution = uint8_t{9}})},
      {"pcapng of milliseconds", PcapngOf(kLittle, frames, {.resolution = uint8_t{3}})},
      {"pcapng, obsolete packet blocks, little endian", ObsoleteBlocks(kLittle, frames)},
      {"pcapng, obsolete packet blocks, big endian", ObsoleteBlocks(kBig, frames)},
  };
  std::vector<int64_t> times;
  uint64_t bytes = 0;
  for (const FileFrame& frame : frames) {
    times.push_back(frame.time.ns);
    bytes += frame.bytes.size();
  }
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Got got = Read(test.file);
    EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
    EXPECT_EQ(got.file().message, "");
    EXPECT_EQ(got.contents(), ContentsOf(frames));
    EXPECT_EQ(got.times(), times);
    EXPECT_EQ(got.stats.bytes, bytes);
    EXPECT_EQ(got.file().bytes, bytes);
    EXPECT_EQ(got.progress.packets, frames.size());
    EXPECT_EQ(got.progress.bytes_read, test.file.size());
    EXPECT_EQ(got.progress.bytes_total, test.file.size());
    uint64_t ordinal = 0;
    for (const GotFrame& frame : got.frames) {
      EXPECT_EQ(frame.packet.frame, ++ordinal);
      EXPECT_EQ(frame.packet.wire, frame.bytes.size());
      EXPECT_EQ(frame.packet.link_type, LinkType::kEthernet);
      EXPECT_EQ(frame.packet.interface, 0);
    }
  }
}

TEST(Pcap, WireLengthIsThatOfTheRecord) {
  const Got got = Read(Pcap({{.time = {kNewYear}, .bytes = Fill(60), .wire = 1500}}));
  ASSERT_EQ(got.frames.size(), 1u);
  EXPECT_EQ(got.frames[0].packet.captured, 60u);
  EXPECT_EQ(got.frames[0].packet.wire, 1500u);
  EXPECT_EQ(got.stats.bytes, 1500u);
}

TEST(Pcap, LinkTypesByNumber) {
  const struct {
    const char* name;
    uint32_t number;
    LinkType expected;
  } kCases[] = {
      {"NULL", 0, LinkType::kNull},
      {"ETHERNET", 1, LinkType::kEthernet},
      {"PPP", 9, LinkType::kPpp},
      {"DLT_RAW in place of LINKTYPE_RAW", 12, LinkType::kRaw},
      {"DLT_RAW of OpenBSD", 14, LinkType::kRaw},
      {"PPP_HDLC", 50, LinkType::kPpp},
      {"RAW", 101, LinkType::kRaw},
      {"LOOP", 108, LinkType::kLoop},
      {"LINUX_SLL", 113, LinkType::kLinuxSll},
      {"IPV4", 228, LinkType::kIpv4},
      {"IPV6", 229, LinkType::kIpv6},
      {"LINUX_SLL2", 276, LinkType::kLinuxSll2},
      {"IEEE802_11 is not read", 105, LinkType::kUnsupported},
      {"a number nobody has", 65535, LinkType::kUnsupported},
      {"Ethernet with a frame check sequence of 4 bytes (upper 16 bits)", 0x24000001,
       LinkType::kEthernet},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Got got = Read(Pcap(SomeFrames(1), {.link_type = test.number}));
    EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
    ASSERT_EQ(got.frames.size(), 1u) << "also a frame that cannot be decoded is given out";
    EXPECT_EQ(got.frames[0].packet.link_type, test.expected);
  }
}

TEST(Pcapng, TwoLinkTypesInOneFile) {
  Pcapng file;
  file.Section()
      .Interface({.link_type = 1})
      .Interface({.link_type = 276})
      .Enhanced({.time = {kNewYear}, .bytes = Text("ethernet")}, 0)
      .Enhanced({.time = {kNewYear}, .bytes = Text("sll2")}, 1)
      .Interface({.link_type = 101})
      .Enhanced({.time = {kNewYear}, .bytes = Text("raw")}, 2);
  const Got got = Read(file.bytes());
  EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
  ASSERT_EQ(got.frames.size(), 3u);
  EXPECT_EQ(got.frames[0].packet.link_type, LinkType::kEthernet);
  EXPECT_EQ(got.frames[1].packet.link_type, LinkType::kLinuxSll2);
  EXPECT_EQ(got.frames[2].packet.link_type, LinkType::kRaw);
  EXPECT_EQ(got.frames[2].packet.interface, 2);
}

TEST(Pcapng, TwoSectionsOfDifferentByteOrder) {
  Pcapng file(kLittle);
  file.Section()
      .Interface({.link_type = 1})
      .Enhanced({.time = {kNewYear}, .bytes = Text("first")})
      .Section(kBig)
      .Interface({.link_type = 113, .resolution = uint8_t{9}})
      .Enhanced({.time = {kNewYear + 5}, .bytes = Text("second")});
  const Got got = Read(file.bytes());
  EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
  EXPECT_EQ(got.contents(), (std::vector{Text("first"), Text("second")}));
  EXPECT_EQ(got.times(), (std::vector<int64_t>{kNewYear, kNewYear + 5}));
  EXPECT_EQ(got.frames.at(1).packet.link_type, LinkType::kLinuxSll);
}

TEST(Pcapng, InterfacesOfASectionDoNotOutliveIt) {
  Pcapng file;
  file.Section().Interface().Interface().Section().Interface();
  const size_t offset = file.size();
  file.Enhanced({.time = {kNewYear}, .bytes = Fill(60)}, 1);
  const Got got = Read(file.bytes());
  EXPECT_EQ(got.frames.size(), 0u);
  EXPECT_EQ(got.file().error, InputError::kBadData);
  EXPECT_NE(got.file().message.find(std::to_string(offset)), std::string::npos)
      << got.file().message;
}

TEST(Pcapng, UnknownBlocksArePassedOver) {
  constexpr uint32_t kNameResolution = 4;
  constexpr uint32_t kInterfaceStatistics = 5;
  constexpr uint32_t kDecryptionSecrets = 10;
  constexpr uint32_t kCustom = 0x0bad;
  constexpr uint32_t kLocalUse = 0x80000001;
  for (const ByteOrder order : {kLittle, kBig}) {
    Pcapng file(order);
    file.Section()
        .Block(kCustom, Fill(5, 0xff))
        .Interface()
        .Block(kNameResolution, Fill(4))
        .Enhanced({.time = {kNewYear}, .bytes = Text("one")})
        .Block(kLocalUse, {})
        .Block(kDecryptionSecrets, Fill(100'000, 0x0a))
        .Block(kInterfaceStatistics, Fill(12))
        .Enhanced({.time = {kNewYear}, .bytes = Text("two")});
    const Got got = Read(file.bytes());
    EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
    EXPECT_EQ(got.contents(), (std::vector{Text("one"), Text("two")}));
  }
}

TEST(Pcapng, SimplePacketBlocksHaveNoTimeOfTheirOwn) {
  Pcapng file;
  file.Section()
      .Interface({.snap_length = 8})
      .Enhanced({.time = {kNewYear}, .bytes = Text("timed")})
      .Simple(Text("whole"))
      .Simple(Text("cut to 8"), 1500);
  const Got got = Read(file.bytes());
  EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
  EXPECT_EQ(got.contents(), (std::vector{Text("timed"), Text("whole"), Text("cut to 8")}));
  EXPECT_EQ(got.times(), (std::vector<int64_t>(3, kNewYear))) << "the clock's";
  EXPECT_EQ(got.frames.at(2).packet.wire, 1500u);
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeMissing), 2u);
}

TEST(Pcapng, FramesWithoutAnyTimeAreGivenOutAllTheSame) {
  Pcapng file;
  file.Section().Interface().Simple(Text("a")).Simple(Text("b"));
  const Got got = Read(file.bytes());
  EXPECT_EQ(got.contents(), (std::vector{Text("a"), Text("b")}));
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeMissing), 2u);
  for (const GotFrame& frame : got.frames) EXPECT_NE(frame.packet.time, kNoTime);
}

// draft-ietf-opsawg-pcapng §4.2: if_tsresol's upper bit chooses powers of 2, else of 10.
TEST(Pcapng, TimeResolutions) {
  const struct {
    const char* name;
    uint8_t resolution;
    uint64_t ticks;
    int64_t expected_ns;
  } kCases[] = {
      {"seconds", 0, 1'000'000'000, 1'000'000'000 * kNanosPerSecond},
      {"10^-1", 1, 10'000'000'005, 1'000'000'000'500'000'000},
      {"10^-6", 6, 1'000'000'000'000'001, 1'000'000'000'000'001'000},
      {"10^-9", 9, 1'000'000'000'000'000'001, 1'000'000'000'000'000'001},
      {"10^-10 is cut to nanoseconds", 10, 10'000'000'000'000'000'019ULL,
       1'000'000'000'000'000'001},
      {"10^-12 of the year 1970", 12, 1'500'000'001'999, 1'500'000'001},
      {"2^0", 0x80, 1'000'000'000, 1'000'000'000 * kNanosPerSecond},
      {"2^-1", 0x81, 2'000'000'001, 1'000'000'000'500'000'000},
      {"2^-10", 0x8a, (1'000'000'000ULL << 10) + 256, 1'000'000'000'250'000'000},
      {"2^-32", 0xa0, (1'000'000'000ULL << 32) + (1ULL << 31), 1'000'000'000'500'000'000},
      {"2^-63", 0xbf, 3ULL << 62, 1'500'000'000},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    Pcapng file;
    file.Section().Interface({.resolution = test.resolution}).EnhancedAt(test.ticks, Fill(60));
    const Got got = Read(file.bytes());
    ASSERT_EQ(got.frames.size(), 1u) << got.file().message;
    EXPECT_EQ(got.frames[0].packet.time.ns, test.expected_ns);
    EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeMissing), 0u);
  }
}

TEST(Pcapng, TimeResolutionOf2ToTheMinus127GivesNoTimes) {
  Pcapng file;
  file.Section()
      .Interface()
      .Interface({.resolution = uint8_t{0xff}})
      .EnhancedAt(kNewYear / 1000, Text("timed"), 0)
      .EnhancedAt(1, Text("untimed"), 1)
      .EnhancedAt(~uint64_t{0}, Text("untimed too"), 1);
  const Got got = Read(file.bytes());
  EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
  EXPECT_EQ(got.frames.size(), 3u) << "the interface is accepted";
  EXPECT_EQ(got.times(), (std::vector<int64_t>(3, kNewYear)));
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeMissing), 2u);
}

TEST(Pcapng, TimesBeyondAllReasonAreNotTimes) {
  const struct {
    const char* name;
    uint8_t resolution;
    uint64_t ticks;
  } kCases[] = {
      {"2^64-1 seconds", 0, ~uint64_t{0}},
      {"2^63 seconds", 0, uint64_t{1} << 63},
      {"2^64-1 microseconds", 6, ~uint64_t{0}},
      {"2^63 nanoseconds", 9, uint64_t{1} << 63},
      {"2^64-1 halves of a second", 0x81, ~uint64_t{0}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    Pcapng file;
    file.Section().Interface({.resolution = test.resolution}).EnhancedAt(test.ticks, Fill(60));
    const Got got = Read(file.bytes());
    ASSERT_EQ(got.frames.size(), 1u) << got.file().message;
    EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeMissing), 1u);
    EXPECT_NE(got.frames[0].packet.time, kNoTime);
  }
}

// The ends of what int64 ns can hold: nothing may overflow that computes with two such times.
TEST(Pcapng, TimesAtTheEndsOfTheRangeDoNoHarm) {
  constexpr int64_t kLast = 9'223'372'036;  // whole seconds in int64 ns
  const struct {
    const char* name;
    int64_t offset;
  } kCases[] = {{"first", -kLast},
                {"last", kLast},
                {"one beyond", kLast + 1},
                {"smallest offset", std::numeric_limits<int64_t>::min()},
                {"largest offset", std::numeric_limits<int64_t>::max()}};
  for (const auto& one : kCases) {
    for (const auto& two : kCases) {
      SCOPED_TRACE(std::string(one.name) + ", then " + two.name);
      Pcapng file;
      file.Section();
      for (const int64_t offset : {one.offset, two.offset}) {
        file.Interface({.resolution = uint8_t{9}, .offset = static_cast<uint64_t>(offset)});
      }
      for (int i = 0; i < 3; ++i) {
        file.EnhancedAt(0, Fill(60), 0).EnhancedAt(999'999'999, Fill(60), 1);
      }
      const Got got = Read(file.bytes());
      EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
      ASSERT_EQ(got.frames.size(), 6u);
      for (size_t i = 0; i < 6; ++i) {
        EXPECT_NE(got.frames[i].packet.time, kNoTime);
        EXPECT_GE(got.frames[i].now, got.frames[i > 0 ? i - 1 : 0].now);
      }
    }
  }
}

TEST(Pcapng, TimeOffsetIsAddedInSeconds) {
  const struct {
    const char* name;
    int64_t offset;
    int64_t expected_ns;
  } kCases[] = {
      {"none", 0, 7 * kNanosPerSecond},
      {"to 2026", kNewYear / kNanosPerSecond, kNewYear + 7 * kNanosPerSecond},
      {"a day back", -86'400, (7 - 86'400) * kNanosPerSecond},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    Pcapng file;
    file.Section()
        .Interface({.resolution = uint8_t{0}, .offset = static_cast<uint64_t>(test.offset)})
        .EnhancedAt(7, Fill(60));
    const Got got = Read(file.bytes());
    ASSERT_EQ(got.frames.size(), 1u) << got.file().message;
    EXPECT_EQ(got.frames[0].packet.time.ns, test.expected_ns);
  }
}

TEST(Pcapng, AFileOfASectionHeaderAloneIsEmptyAndWell) {
  const Got got = Read(Pcapng().Section().bytes());
  EXPECT_EQ(got.frames.size(), 0u);
  EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
}

TEST(Pcap, AFileHeaderAloneIsEmptyAndWell) {
  const Got got = Read(PcapHeader());
  EXPECT_EQ(got.frames.size(), 0u);
  EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
}

}  // namespace
}  // namespace rcodescope
