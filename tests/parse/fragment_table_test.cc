// What becomes of fragments, one rule at a time.
#include "parse/fragment_table.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "tests/parse/fragments.h"

namespace rcodescope {
namespace {

constexpr auto kHeld = FragmentVerdict::kHeld;
constexpr auto kComplete = FragmentVerdict::kComplete;
constexpr auto kDuplicate = FragmentVerdict::kDuplicate;
constexpr auto kDropped = FragmentVerdict::kDropped;
constexpr size_t kUnknown4 = kMaxPayloadIpv4;

const Bytes kWhole = Content(2013);  // 4 fragments of 512, the last one odd

// Sends the fragments numbered in `order`, a millisecond apart.
std::vector<FragmentVerdict> Send(FragmentRun& run, const std::vector<Sent>& all,
                                  const std::vector<size_t>& order) {
  std::vector<FragmentVerdict> verdicts;
  for (const size_t i : order) verdicts.push_back(run.Add(all[i], AtMs(int64_t(run.frame))));
  return verdicts;
}

TEST(FragmentTable, AnyOrderGivesTheDatagram) {
  for (const size_t size : {512U, 504U, 1000U}) {
    const auto all = Split(kWhole, size);
    std::vector<size_t> order(all.size());
    std::iota(order.begin(), order.end(), 0);
    do {
      FragmentRun run;
      std::vector<FragmentVerdict> expected(all.size(), kHeld);
      expected.back() = kComplete;
      ASSERT_EQ(Send(run, all, order), expected);
      EXPECT_EQ(run.captured(), kWhole);
      EXPECT_EQ(run.table.datagram().payload.wire(), kWhole.size());
      EXPECT_EQ(run.table.datagram().frames, all.size() - 1);
      run.Flush();
      EXPECT_TRUE(run.ended.empty());
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(FragmentTable, TellsWhoseDatagramItIs) {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    FragmentRun run;
    for (Sent sent : Split(kWhole, 1480)) {
      sent.family = family;
      sent.source = 0x0102'03c0;
      sent.tap = 77;
      run.Add(sent);
    }
    const Datagram& datagram = run.table.datagram();
    EXPECT_EQ(datagram.family, family);
    EXPECT_EQ(datagram.tap, Tap{.vni = 77});
    EXPECT_EQ(datagram.protocol, 17);
    const bool ipv4 = family == Family::kIpv4;
    EXPECT_EQ(datagram.source.ToString(), ipv4 ? "192.3.2.1" : "c003:201::");
    EXPECT_EQ(datagram.destination.ToString(), ipv4 ? "9.0.0.0" : "900::");
    EXPECT_EQ(datagram.Whole().source_address[0], std::byte{0xc0});
    EXPECT_EQ(datagram.Whole().destination_address[0], std::byte{9});
  }
}

TEST(FragmentTable, TheFirstFragmentOfIpv6HasTheProtocol) {
  FragmentRun run;
  Sent first = Cut(kWhole, 0, 1000);
  Sent last = Cut(kWhole, 1000, 2013);
  first.family = last.family = Family::kIpv6;
  last.protocol = 6;
  EXPECT_EQ(run.Add(last), kHeld);
  EXPECT_EQ(run.Add(first), kComplete);
  EXPECT_EQ(run.table.datagram().protocol, 17);
}

TEST(FragmentTable, WhatMakesADatagramAnother) {
  const Sent first = Cut(kWhole, 0, 1000);
  const Sent last = Cut(kWhole, 1000, 2013);
  Sent id = last, tap = last, source = last, family = last, protocol = last;
  id.id = 2;
  tap.tap = 1;
  source.source = 2;
  family.family = Family::kIpv6;
  protocol.protocol = 6;
  for (const Sent& other : {id, tap, source, family, protocol}) {
    FragmentRun run;
    EXPECT_EQ(run.Add(first), kHeld);
    EXPECT_EQ(run.Add(other), kHeld);
    EXPECT_EQ(run.Add(last), kComplete);
    run.Flush();
    EXPECT_EQ(run.ended.size(), 1U);
  }
}

TEST(FragmentTable, DoubledFramesGiveOneDatagram) {
  const auto all = Split(kWhole, 1000);  // 0, 1, 2
  const std::vector<FragmentVerdict> expected = {kHeld,      kDuplicate, kHeld,
                                                 kDuplicate, kComplete,  kDuplicate};
  for (const std::vector<size_t>& order :
       {std::vector<size_t>{0, 0, 1, 1, 2, 2}, {2, 2, 1, 1, 0, 0}, {1, 1, 2, 2, 0, 0}}) {
    FragmentRun run;
    EXPECT_EQ(Send(run, all, order), expected);
    run.Flush();
    EXPECT_TRUE(run.ended.empty());
    EXPECT_EQ(run.table.stats().duplicates, 3U);
  }
}

TEST(FragmentTable, ADatagramSentTwiceCompletesTwice) {
  const auto all = Split(kWhole, 1480);
  FragmentRun run;
  EXPECT_EQ(Send(run, all, {0, 1, 0, 1}),
            (std::vector<FragmentVerdict>{kHeld, kComplete, kHeld, kComplete}));
  EXPECT_EQ(run.table.stats().completed, 2U);
}

TEST(FragmentTable, AfterASecondDoubledFragmentsAreANewDatagram) {
  FragmentRun run;
  const auto all = Split(kWhole, 1480);
  run.Add(all[0], AtMs(0));
  run.Add(all[0], AtMs(0));
  EXPECT_EQ(run.Add(all[1], AtMs(100)), kComplete);
  EXPECT_EQ(run.Add(all[1], AtMs(50)), kDuplicate);
  EXPECT_EQ(run.Add(all[1], AtMs(1099)), kDuplicate);
  EXPECT_EQ(run.Add(all[0], AtMs(1100)), kHeld);
  EXPECT_EQ(run.Add(all[1], AtMs(1100)), kComplete);
}

TEST(FragmentTable, OverlapsEndTheDatagram) {
  const Bytes whole = Content(64);
  Sent other = Cut(whole, 16, 32);
  other.bytes[15] ^= std::byte{1};
  Sent not_last = Cut(whole, 48, 64);
  not_last.more = true;
  const struct {
    const char* name;
    Sent overlapping;
  } kCases[] = {
      {"8 bytes more in front", Cut(whole, 8, 24)},
      {"8 bytes more behind", Cut(whole, 24, 40)},
      {"within, the same bytes", Cut(whole, 16, 24)},
      {"within at the end", Cut(whole, 24, 32)},
      {"around, the same bytes", Cut(whole, 8, 40)},
      {"the same range, other bytes", other},
      {"the last one, now with more to follow", not_last},
      {"a last one that is longer", Cut(whole, 24, 64)},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    FragmentRun run;
    EXPECT_EQ(run.Add(Cut(whole, 0, 8), AtMs(0)), kHeld);
    EXPECT_EQ(run.Add(Cut(whole, 16, 32), AtMs(1)), kHeld);
    EXPECT_EQ(run.Add(Cut(whole, 48, 64), AtMs(2)), kHeld);
    EXPECT_EQ(run.Add(test.overlapping, AtMs(3)), kDropped);
    const Bytes first = Cut(whole, 0, 8).bytes;
    EXPECT_EQ(run.ended, (std::vector<Ended>{{FragmentEnd::kOverlap, 3, true, 1, 0, first, 64}}));
    EXPECT_EQ(run.Add(Cut(whole, 8, 16), AtMs(29'999)), kDropped);
    EXPECT_EQ(run.Add(Cut(whole, 8, 16), AtMs(30'000)), kHeld);
  }
}

TEST(FragmentTable, TwoFragmentsAreNotOneOfBoth) {
  FragmentRun run;
  run.Add(Cut(kWhole, 0, 512));
  run.Add(Cut(kWhole, 512, 1024));
  EXPECT_EQ(run.Add(Cut(kWhole, 0, 1024)), kDropped);
  EXPECT_EQ(run.ended.at(0).why, FragmentEnd::kOverlap);
}

TEST(FragmentTable, InvalidFragmentsEndTheDatagramTheyBelongTo) {
  const Bytes whole = Content(32);
  const Sent first = Cut(whole, 0, 8);
  const Sent last = Cut(whole, 16, 29);  // of 29 bytes
  const auto make = [](uint32_t offset, size_t size, bool more) {
    return Sent{.offset = offset, .bytes = Fill(size), .more = more};
  };
  const struct {
    const char* name;
    Sent invalid;
    bool alone;  // without any other
  } kCases[] = {
      {"odd length though more follow", make(8, 7, true), true},
      {"nothing though more follow", make(8, 0, true), true},
      {"nothing at the start", make(0, 0, true), true},
      {"one byte too long", make(65'512, 4, false), true},
      {"an offset behind the longest", make(65'528, 0, false), true},
      {"more than any", make(8, 70'000, true), true},
      {"an offset that is none", make(4, 8, true), true},
      {"a second end, later", make(24, 8, false), false},
      {"a second end, earlier", make(8, 8, false), false},
      {"behind the end", make(32, 8, true), false},
      {"across the end", make(24, 8, true), false},
      {"an empty second end", make(32, 0, false), false},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    FragmentRun run;
    Sent end = last;
    end.more = false;
    EXPECT_EQ(run.Add(test.invalid), test.alone ? kDropped : kHeld);
    run.Flush();
    run.ended.clear();
    EXPECT_EQ(run.Add(end), kHeld);
    EXPECT_EQ(run.Add(first), kHeld);
    EXPECT_EQ(run.Add(test.invalid), kDropped);
    ASSERT_EQ(run.ended.size(), 1U);
    EXPECT_EQ(run.ended[0].why, FragmentEnd::kInvalid);
    EXPECT_EQ(run.ended[0].captured, first.bytes);
    EXPECT_EQ(run.ended[0].wire, 29U);
    EXPECT_EQ(run.Add(Cut(whole, 8, 16)), kDropped);
  }
}

TEST(FragmentTable, AnEndBeforeHeldBytesIsInvalid) {
  FragmentRun run;
  EXPECT_EQ(run.Add({.offset = 16, .bytes = Fill(8)}), kHeld);
  EXPECT_EQ(run.Add({.offset = 8, .bytes = Fill(8), .more = false}), kDropped);
  EXPECT_EQ(run.ended.at(0).why, FragmentEnd::kInvalid);
}

TEST(FragmentTable, AnEmptyLastFragmentEndsTheDatagram) {
  const Sent body{.offset = 0, .bytes = Content(16)};
  const Sent end{.offset = 16, .bytes = {}, .more = false};
  FragmentRun run;
  EXPECT_EQ(run.Add(body), kHeld);
  EXPECT_EQ(run.Add(end), kComplete);
  EXPECT_EQ(run.captured(), body.bytes);
  EXPECT_EQ(run.Add(end), kHeld);
  EXPECT_EQ(run.Add(end), kDuplicate);
  EXPECT_EQ(run.Add(body), kComplete);
  EXPECT_EQ(run.captured(), body.bytes);
  EXPECT_EQ(run.Add(body), kDuplicate);
  // Whole ones should not come here, and do no harm.
  EXPECT_EQ(run.Add({.offset = 0, .bytes = {}, .more = false, .id = 2}), kComplete);
  EXPECT_EQ(run.Add({.offset = 0, .bytes = Fill(3), .more = false, .id = 2}), kComplete);
  EXPECT_EQ(run.captured(), Fill(3));
}

TEST(FragmentTable, WhatIsMissingWhenTimeIsUp) {
  const Bytes whole = Content(1600);
  const auto all = Split(whole, 600);  // 0, 600, 1200
  const Bytes two(whole.begin(), whole.begin() + 1200);
  const struct {
    const char* name;
    std::vector<size_t> sent;
    Ended expected;
  } kCases[] = {
      {"the first", {1, 2}, {FragmentEnd::kTimeout, 2, false, 0, 0, {}, 1600}},
      {"the middle", {2, 0}, {FragmentEnd::kTimeout, 2, true, 2, 1'000'000, all[0].bytes, 1600}},
      {"the last", {0, 1}, {FragmentEnd::kTimeout, 2, true, 1, 0, two, kUnknown4}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    Ended expected = test.expected;
    {
      FragmentRun run;
      Send(run, all, test.sent);
      run.Expire(AtMs(29'999));
      EXPECT_TRUE(run.ended.empty());
      run.Expire(AtMs(30'000));
      EXPECT_EQ(run.ended, std::vector{expected});
    }
    {
      FragmentRun run;  // a late fragment finds the time over, too
      Send(run, all, test.sent);
      EXPECT_EQ(run.Add(all[test.sent[0]], AtMs(30'000)), kHeld);
      EXPECT_EQ(run.ended, std::vector{expected});
    }
    {
      FragmentRun run;
      Send(run, all, test.sent);
      run.Flush();
      expected.why = FragmentEnd::kEndOfInput;
      EXPECT_EQ(run.ended, std::vector{expected});
    }
    {
      FragmentRun run;
      Send(run, all, test.sent);
      expected.why = FragmentEnd::kEvicted;
      for (uint32_t id = 2; run.ended.empty() && id < 100; ++id)
        run.Add({.offset = 0, .bytes = Fill(8), .id = id});
      EXPECT_EQ(run.ended, std::vector{expected});
    }
  }
}

// Offsets count in eights (RFC 791 §3.1), and bytes are held in blocks of 512.
TEST(FragmentTable, AnIncompleteOneHasTheBytesBeforeItsFirstHole) {
  for (const uint32_t hole : {8U, 496U, 504U, 512U, 1016U}) {
    SCOPED_TRACE(hole);
    FragmentRun run;
    run.Add(Cut(kWhole, hole + 8, 2013));
    run.Add(Cut(kWhole, 0, hole));
    run.Flush();
    ASSERT_EQ(run.ended.size(), 1U);
    EXPECT_EQ(run.ended[0].captured, Bytes(kWhole.begin(), kWhole.begin() + hole));
  }
}

TEST(FragmentTable, SnapLengthCutsThePayloadNotTheDatagram) {
  const Bytes whole = Content(2000);
  auto all = Split(whole, 800);  // 0, 800, 1600
  for (Sent& sent : all) {
    sent.wire = sent.bytes.size();
    sent.bytes.resize(101);
  }
  const Bytes known(whole.begin(), whole.begin() + 101);
  {
    FragmentRun run;
    EXPECT_EQ(Send(run, all, {2, 1, 1, 0}),
              (std::vector<FragmentVerdict>{kHeld, kHeld, kDuplicate, kComplete}));
    EXPECT_EQ(run.captured(), known);
    EXPECT_EQ(run.table.datagram().payload.wire(), 2000U);
  }
  {
    FragmentRun run;
    Send(run, all, {0, 1});
    run.Flush();
    EXPECT_EQ(run.ended,
              (std::vector<Ended>{{FragmentEnd::kEndOfInput, 2, true, 1, 0, known, kUnknown4}}));
  }
  {
    FragmentRun run;  // only the middle one was cut
    auto one = Split(whole, 800);
    one[1] = all[1];
    Send(run, one, {1, 0, 2});
    EXPECT_EQ(run.captured(), Bytes(whole.begin(), whole.begin() + 901));
  }
  {
    FragmentRun run;  // nothing was captured at all
    for (Sent& sent : all) sent.bytes.clear();
    EXPECT_EQ(Send(run, all, {0, 0, 1, 2}),
              (std::vector<FragmentVerdict>{kHeld, kDuplicate, kHeld, kComplete}));
    EXPECT_TRUE(run.captured().empty());
  }
}

TEST(FragmentTable, TheLongestDatagramInTheSmallestFragments) {
  const Bytes whole = Content(65'535);
  auto all = Split(whole, 8);
  for (const bool reversed : {false, true}) {
    FragmentRun run;
    for (size_t i = 0; i < all.size(); ++i) {
      Sent sent = all[reversed ? all.size() - 1 - i : i];
      sent.family = Family::kIpv6;
      ASSERT_EQ(run.Add(sent), i + 1 < all.size() ? kHeld : kComplete);
    }
    EXPECT_EQ(run.captured(), whole);
    EXPECT_EQ(run.table.datagram().frames, all.size() - 1);
  }
  FragmentRun run;  // a byte too long for IPv4
  const Bytes ipv4 = Content(65'515);
  EXPECT_EQ(run.Add(Cut(ipv4, 0, 65'512)), kHeld);
  EXPECT_EQ(run.Add(Cut(ipv4, 65'512, 65'515)), kComplete);
  EXPECT_EQ(run.captured(), ipv4);
}

TEST(FragmentTable, TooLittleMemoryDropsAll) {
  FragmentTable table(FragmentTable::kMinimumBytes - 1, 1);
  FragmentRun run;
  EXPECT_FALSE(table.usable());
  EXPECT_EQ(table.Add({}, {}, run), kDropped);
  EXPECT_EQ(table.stats().dropped, 1U);
  table.Expire(AtMs(1), run);
  table.Flush(run);
}

}  // namespace
}  // namespace rcodescope
