// Files that are damaged, cut off, or no captures.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/capture/read_capture.h"

namespace rcodescope {
namespace {

bool Mentions(const std::string& message, uint64_t offset) {
  return message.find(std::to_string(offset)) != std::string::npos;
}

Bytes FirstPcapRecords(size_t count) { return Pcap(SomeFrames(count)); }

TEST(Damage, ATruncatedLastRecordLeavesAllWholeOnes) {
  const Bytes whole = FirstPcapRecords(3);
  const size_t last = FirstPcapRecords(2).size();
  for (size_t size = last + 1; size < whole.size(); ++size) {
    const Got got = Read(Cut(whole, size));
    ASSERT_EQ(got.frames.size(), 2u) << "cut to " << size;
    ASSERT_EQ(got.file().error, InputError::kBadData) << "cut to " << size;
    ASSERT_TRUE(Mentions(got.file().message, last)) << got.file().message;
  }
}

TEST(Damage, APcapngCutAnywhereGivesTheWholeBlocksBeforeTheCut) {
  Pcapng file;
  file.Section().Interface();
  std::vector<size_t> ends;
  for (const FileFrame& frame : SomeFrames(2)) {
    file.Enhanced(frame);
    ends.push_back(file.size());
  }
  const size_t interface_end = Pcapng().Section().Interface().size();
  const size_t section_end = Pcapng().Section().size();
  for (size_t size = 0; size <= file.size(); ++size) {
    const Got got = Read(Cut(file.bytes(), size));
    const size_t whole = size >= ends[1] ? 2 : size >= ends[0] ? 1 : 0;
    ASSERT_EQ(got.frames.size(), whole) << "cut to " << size;
    const bool at_edge =
        size == section_end || size == interface_end || size == ends[0] || size == ends[1];
    ASSERT_EQ(got.file().error == InputError::kNone, at_edge)
        << "cut to " << size << ": " << got.file().message;
  }
}

TEST(Damage, ACutInsideABlockThatIsPassedOverIsToldToo) {
  constexpr uint32_t kCustom = 0x0bad;
  Pcapng file;
  file.Section().Interface().Enhanced({.time = {kNewYear}, .bytes = Fill(60)});
  const size_t begin = file.size();
  file.Block(kCustom, Fill(40));
  for (size_t size = begin; size <= file.size(); ++size) {
    const Got got = Read(Cut(file.bytes(), size));
    ASSERT_EQ(got.frames.size(), 1u);
    const bool whole = size == begin || size == file.size();
    ASSERT_EQ(got.file().error, whole ? InputError::kNone : InputError::kBadData)
        << "cut to " << size;
  }
}

TEST(Damage, ACapturedLengthNoFrameHasStopsTheFileAtItsOffset) {
  for (const uint32_t length : {262'145u, 1'000'000u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    SCOPED_TRACE(length);
    auto frames = SomeFrames(5);
    frames[2].captured = length;
    const Got got = Read(Pcap(frames));
    EXPECT_EQ(got.frames.size(), 2u);
    EXPECT_EQ(got.file().error, InputError::kBadData);
    EXPECT_TRUE(Mentions(got.file().message, FirstPcapRecords(2).size())) << got.file().message;
    EXPECT_EQ(got.skipped, 0u);
  }
}

TEST(Damage, ResyncFindsTheNextRecordAndCountsWhatItSkipped) {
  for (const bool modified : {false, true}) {
    for (const uint32_t length : {1'000'000u, 0x7fffffffu}) {
      SCOPED_TRACE(std::to_string(length) + (modified ? " modified" : ""));
      const PcapDialect dialect{.modified = modified};
      auto frames = SomeFrames(100);
      frames[40].captured = length;
      frames[40].bytes = Fill(1000, 0xee);
      const Got got = Read(Pcap(frames, dialect), {.resync = true});
      EXPECT_EQ(got.frames.size(), 99u);
      const size_t header = modified ? 24 : 16;
      EXPECT_EQ(got.skipped, header + 1000);
      ASSERT_GT(got.frames.size(), 40u);
      EXPECT_EQ(got.frames[40].bytes, frames[41].bytes);
      EXPECT_EQ(got.frames.back().bytes, frames.back().bytes);
      EXPECT_NE(got.file().message, "") << "the damage is told";
    }
  }
}

TEST(Damage, ResyncWithNothingToFindEndsTheFile) {
  const Bytes file = Join(FirstPcapRecords(3), Fill(700'000, 0xee));
  const Got got = Read(file, {.resync = true});
  EXPECT_EQ(got.frames.size(), 3u);
  EXPECT_EQ(got.file().error, InputError::kBadData);
}

TEST(Damage, ResyncOfSeveralPlaces) {
  auto frames = SomeFrames(300);
  for (const size_t damaged : {10u, 150u, 151u, 250u}) {
    frames[damaged].captured = 0x7fffffff;
    frames[damaged].bytes = Fill(300, 0xee);
  }
  const Got got = Read(Pcap(frames), {.resync = true});
  EXPECT_EQ(got.frames.size(), 296u);
  EXPECT_EQ(got.skipped, 4u * 316);
}

TEST(Damage, CapturedLengthsThatExceedOthersAreUsedAndCounted) {
  const struct {
    const char* name;
    uint32_t wire;
    uint32_t snap_length;
    uint64_t exceeds_wire;
    uint64_t exceeds_snap;
  } kCases[] = {
      {"all as it should be", 100, 100, 0, 0},
      {"captured is the wire's + 1", 99, 262'144, 1, 0},
      {"wire length 0", 0, 262'144, 1, 0},
      {"captured is the snap length + 1", 100, 99, 0, 1},
      {"both", 60, 60, 1, 1},
      {"snap length 0 is none", 100, 0, 0, 0},
      {"snap length 0xffffffff is none", 100, 0xffffffff, 0, 0},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const FileFrame frame{.time = {kNewYear}, .bytes = Fill(100, 7), .wire = test.wire};
    Pcapng pcapng;
    pcapng.Section().Interface({.snap_length = test.snap_length}).Enhanced(frame);
    for (const Bytes& file : {Pcap({frame}, {.snap_length = test.snap_length}), pcapng.bytes()}) {
      const Got got = Read(file);
      EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
      EXPECT_EQ(got.contents(), ContentsOf({frame}));
      ASSERT_EQ(got.frames.size(), 1u);
      EXPECT_EQ(got.frames[0].packet.wire, 100u);
      EXPECT_EQ(got.anomaly(RecordAnomaly::kCapturedExceedsWire), test.exceeds_wire);
      EXPECT_EQ(got.anomaly(RecordAnomaly::kCapturedExceedsSnap), test.exceeds_snap);
    }
  }
}

TEST(Damage, ASnapLengthOfNoneAllowsTheLargestFrameAndNoLarger) {
  for (const uint32_t snap_length : {0u, 262'144u, 0xffffffffu}) {
    SCOPED_TRACE(snap_length);
    const FileFrame largest{.time = {kNewYear}, .bytes = Fill(262'144)};
    const FileFrame larger{.time = {kNewYear}, .bytes = Fill(262'145)};
    const PcapDialect dialect{.snap_length = snap_length};
    EXPECT_EQ(Read(Pcap({largest}, dialect)).frames.size(), 1u);
    const Got got = Read(Pcap({larger}, dialect));
    EXPECT_EQ(got.frames.size(), 0u);
    EXPECT_EQ(got.file().error, InputError::kBadData);
  }
}

TEST(Damage, SubSecondFieldsOfASecondOrMoreAreClamped) {
  const struct {
    const char* name;
    bool nanoseconds;
    uint32_t fraction;
    int64_t expected_ns;
    uint64_t clamped;
  } kCases[] = {
      {"largest µs", false, 999'999, 999'999'000, 0},
      {"µs one too many", false, 1'000'000, 999'999'000, 1},
      {"µs 0xffffffff", false, 0xffffffff, 999'999'000, 1},
      {"largest ns", true, 999'999'999, 999'999'999, 0},
      {"ns one too many", true, 1'000'000'000, 999'999'999, 1},
      {"ns 0xffffffff", true, 0xffffffff, 999'999'999, 1},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const PcapDialect dialect{.nanoseconds = test.nanoseconds};
    const Got got =
        Read(Join(PcapHeader(dialect), PcapRecordAt(100, test.fraction, Fill(60), dialect)));
    ASSERT_EQ(got.frames.size(), 1u);
    EXPECT_EQ(got.frames[0].packet.time.ns, 100 * kNanosPerSecond + test.expected_ns);
    EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeFractionClamped), test.clamped);
  }
}

TEST(Damage, FilesThatAreNoCaptures) {
  const struct {
    const char* name;
    Bytes bytes;
  } kCases[] = {
      {"empty", {}},
      {"one byte of a magic", Hex("d4")},
      {"a magic alone", Hex("d4c3b2a1")},
      {"a header one byte short", Cut(PcapHeader(), 23)},
      {"bad magic", Text("this is no capture file, but it is long enough to be one")},
      {"one bit off", WithU8(PcapHeader(), 0, 0xd5)},
      {"zeros", Fill(100'000)},
      {"a pcapng section without its byte-order magic", Hex("0a0d0d0a1c000000")},
      {"a pcapng section of an unknown byte-order magic",
       WithU8(Pcapng().Section().bytes(), 8, 0x99)},
      {"a gzip header alone", Cut(Gzip(FirstPcapRecords(3)), 10)},
      {"a Zstandard magic alone", Hex("28b52ffd")},
      {"gzip of nothing", Gzip({})},
      {"gzip of text", Gzip(Text("this is no capture file either, whatever it may say"))},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Got got = Read(test.bytes);
    EXPECT_EQ(got.frames.size(), 0u);
    EXPECT_EQ(got.file().error, InputError::kBadData);
    EXPECT_NE(got.file().message, "");
  }
}

TEST(Damage, BlocksThatContradictThemselvesStopAtTheirOffset) {
  const Pcapng head = Pcapng().Section().Interface();
  const auto enhanced = [](uint32_t interface, uint32_t captured, size_t real) {
    return Join(Uint32(ByteOrder::kLittle, interface), Fill(8),
                Uint32(ByteOrder::kLittle, captured), Uint32(ByteOrder::kLittle, captured),
                Fill(real));
  };
  const auto with_total = [](uint32_t type, uint32_t total, uint32_t again, size_t body) {
    return Join(Uint32(ByteOrder::kLittle, type), Uint32(ByteOrder::kLittle, total), Fill(body),
                Uint32(ByteOrder::kLittle, again));
  };
  const struct {
    const char* name;
    Bytes block;
  } kCases[] = {
      {"unknown interface", Pcapng().Block(6, enhanced(1, 60, 60)).bytes()},
      {"interface 0xffffffff", Pcapng().Block(6, enhanced(0xffffffff, 60, 60)).bytes()},
      {"captured length past the block's end", Pcapng().Block(6, enhanced(0, 61, 60)).bytes()},
      {"captured length 0xffffffff", Pcapng().Block(6, enhanced(0, 0xffffffff, 60)).bytes()},
      {"captured length 0xfffffff0", Pcapng().Block(6, enhanced(0, 0xfffffff0, 60)).bytes()},
      {"a packet block too short for its fields", Pcapng().Block(6, Fill(16)).bytes()},
      {"an interface block too short for its fields", Pcapng().Block(1, Fill(4)).bytes()},
      {"a simple packet block too short for its fields", Pcapng().Block(3, {}).bytes()},
      {"block length 0", with_total(6, 0, 0, 60)},
      {"block length 11", with_total(6, 11, 11, 60)},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    Pcapng file = head;
    file.Enhanced({.time = {kNewYear}, .bytes = Fill(60)});
    const size_t offset = file.size();
    file.Raw(test.block).Enhanced({.time = {kNewYear}, .bytes = Fill(60)});
    const Got got = Read(file.bytes());
    EXPECT_EQ(got.frames.size(), 1u);
    EXPECT_EQ(got.file().error, InputError::kBadData);
    EXPECT_TRUE(Mentions(got.file().message, offset)) << got.file().message;
  }
}

TEST(Damage, APacketBlockBeforeAnyInterfaceStopsAtItsOffset) {
  Pcapng enhanced;
  enhanced.Section().Enhanced({.time = {kNewYear}, .bytes = Fill(60)});
  Pcapng simple;
  simple.Section().Simple(Fill(60));
  Pcapng obsolete;
  obsolete.Section().Obsolete({.time = {kNewYear}, .bytes = Fill(60)});
  for (const Pcapng* file : {&enhanced, &simple, &obsolete}) {
    const Got got = Read(file->bytes());
    EXPECT_EQ(got.frames.size(), 0u);
    EXPECT_EQ(got.file().error, InputError::kBadData);
    EXPECT_TRUE(Mentions(got.file().message, Pcapng().Section().size())) << got.file().message;
  }
}

TEST(Damage, InterfaceOptionsThatOverrunTheirBlockDoNoHarm) {
  const auto u16 = [](uint32_t value) { return Uint16(ByteOrder::kLittle, value); };
  const Bytes fixed = Join(u16(1), u16(0), Fill(4));
  const struct {
    const char* name;
    Bytes options;
  } kCases[] = {
      {"length past the end", Join(u16(9), u16(0xffff), Fill(4))},
      {"a header cut in two", Join(u16(9), Bytes{})},
      {"if_tsresol without a value", Join(u16(9), u16(0))},
      {"if_tsoffset of 4 bytes", Join(u16(14), u16(4), Fill(4))},
      {"no opt_endofopt", Join(u16(2), u16(4), Text("eth0"))},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    Pcapng file;
    file.Section().Block(1, Join(fixed, test.options));
    file.Enhanced({.time = {kNewYear}, .bytes = Fill(60)});
    const Got got = Read(file.bytes());
    EXPECT_TRUE(got.file().error != InputError::kNone || got.frames.size() == 1);
  }
}

}  // namespace
}  // namespace rcodescope
