// Fragments in numbers: floods, limits, and random ones against a slow table without limits.
#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "parse/fragment_table.h"
#include "tests/parse/fragments.h"

namespace rcodescope {
namespace {

constexpr auto kHeld = FragmentVerdict::kHeld;
constexpr auto kComplete = FragmentVerdict::kComplete;
constexpr auto kDuplicate = FragmentVerdict::kDuplicate;
constexpr auto kDropped = FragmentVerdict::kDropped;

constexpr uint32_t kAttacker = 666;
constexpr uint32_t kFlood = 200'000;

TEST(FragmentFlood, OneSourceCannotPushOutOthers) {
  const Bytes whole = Content(3000);
  const auto honest = Split(whole, 1480);
  const Bytes longest = Fill(65'512);
  const struct {
    const char* name;
    std::vector<Sent> sent;  // with a new id each time
    uint32_t times;
  } kCases[] = {
      {"first fragments", {{.offset = 0, .bytes = Fill(8)}}, kFlood},
      {"first and last",
       {{.offset = 0, .bytes = Fill(32)}, {.offset = 65'504, .bytes = Fill(8), .more = false}},
       kFlood / 2},
      {"a fragment within another",
       {{.offset = 0, .bytes = Fill(40)}, {.offset = 24, .bytes = Fill(4), .more = false}},
       kFlood / 2},
      {"the longest fragments", {{.offset = 0, .bytes = longest}}, 5'000},
      {"doubled datagrams",
       {{.offset = 0, .bytes = Fill(8)},
        {.offset = 0, .bytes = Fill(8)},
        {.offset = 8, .bytes = Fill(8), .more = false}},
       kFlood / 3},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    FragmentRun run;
    run.keep = false;
    EXPECT_EQ(run.Add(honest[0]), kHeld);
    EXPECT_EQ(run.Add(honest[2]), kHeld);
    for (uint32_t id = 0; id < test.times; ++id)
      for (Sent sent : test.sent) {
        sent.source = kAttacker;
        sent.id = id;
        run.Add(sent);
      }
    EXPECT_LE(run.waiting, 2 + 2 * 8U);  // the smallest table has 8 datagrams for a source
    EXPECT_EQ(run.Add(honest[1]), kComplete);
    EXPECT_EQ(run.captured(), whole);
    run.Flush();
  }
}

TEST(FragmentFlood, ASourceLosesItsOldest) {
  FragmentRun run;
  const auto start = [](uint32_t id) { return Sent{.offset = 0, .bytes = Fill(8), .id = id}; };
  for (uint32_t id = 1; id <= 8; ++id) EXPECT_EQ(run.Add(start(id)), kHeld);
  EXPECT_TRUE(run.ended.empty());
  EXPECT_EQ(run.Add(start(9)), kHeld);
  ASSERT_EQ(run.ended.size(), 1U);
  EXPECT_EQ(run.ended[0].first_frame, 1U);
  EXPECT_EQ(run.ended[0].why, FragmentEnd::kEvicted);
  EXPECT_EQ(run.Add(start(2)), kDuplicate);
}

TEST(FragmentFlood, ASourceHoldsOneIn64OfTheDatagrams) {
  const auto held_of = [](uint32_t sources) {
    FragmentRun run(size_t{32} << 20);
    run.keep = false;
    for (uint32_t i = 0; run.evicted() == 0; ++i)
      run.Add({.offset = 0, .bytes = Fill(8), .source = i % sources, .id = i});
    return run.table.held();
  };
  EXPECT_EQ(held_of(1), held_of(kFlood) / 64);
}

TEST(FragmentFlood, ASourceMayFillItsShareToTheLastBlock) {
  FragmentRun run;  // a source has blocks for 128 KiB, of 512 bytes each
  EXPECT_EQ(run.Add({.offset = 0, .bytes = Fill(65'504), .id = 1}), kHeld);
  EXPECT_EQ(run.Add({.offset = 0, .bytes = Fill(65'024), .id = 2}), kHeld);
  EXPECT_EQ(run.Add({.offset = 0, .bytes = Fill(512), .id = 3}), kHeld);
  EXPECT_TRUE(run.ended.empty());
  EXPECT_EQ(run.Add({.offset = 0, .bytes = Fill(8), .id = 4}), kHeld);
  ASSERT_EQ(run.ended.size(), 1U);
  EXPECT_EQ(run.ended[0].captured.size(), 65'504U);
}

TEST(FragmentFlood, TheDatagramInHandIsNotTheOneThatGoes) {
  FragmentRun run;  // a source has blocks for 128 KiB
  const Bytes whole = Content(65'000);
  EXPECT_EQ(run.Add(Cut(whole, 0, 8)), kHeld);
  EXPECT_EQ(run.Add({.offset = 0, .bytes = Fill(64'000), .id = 2}), kHeld);
  EXPECT_EQ(run.Add({.offset = 0, .bytes = Fill(8'000), .id = 3}), kHeld);
  EXPECT_EQ(run.Add(Cut(whole, 8, 64'000)), kHeld);
  ASSERT_EQ(run.ended.size(), 1U);
  EXPECT_EQ(run.ended[0].captured.size(), 64'000U);
  EXPECT_EQ(run.Add(Cut(whole, 64'000, 65'000)), kComplete);
  EXPECT_EQ(run.captured(), whole);
}

TEST(FragmentFlood, ForgedSourcesPushOutTheOldest) {
  FragmentRun run;
  run.keep = false;
  for (uint32_t source = 0; source < kFlood; ++source)
    ASSERT_EQ(run.Add({.offset = 0, .bytes = Fill(8), .source = source}), kHeld);
  const uint64_t room = run.table.held();
  EXPECT_GT(room, 100U);
  EXPECT_LT(room, 1000U);
  EXPECT_EQ(run.evicted(), kFlood - room);
  // Which ones are left: the newest.
  EXPECT_EQ(run.Add({.offset = 0, .bytes = Fill(8), .source = uint32_t(kFlood - room)}),
            kDuplicate);
  EXPECT_EQ(run.Add({.offset = 0, .bytes = Fill(8), .source = uint32_t(kFlood - room - 1)}), kHeld);
  // Bytes run out before datagrams do.
  for (uint32_t source = 0; source < 1000; ++source)
    ASSERT_EQ(run.Add({.offset = 0, .bytes = Fill(48'000), .source = source + kFlood}), kHeld);
  EXPECT_LT(run.table.held(), 20U);
  run.Flush();
}

TEST(FragmentFlood, RemindersGoBeforeDatagrams) {
  FragmentRun run;
  EXPECT_EQ(run.Add({.offset = 0, .bytes = Fill(8)}), kHeld);
  for (uint32_t source = 2; source < 2000; ++source) {
    run.Add({.offset = 0, .bytes = Fill(8), .source = source});
    run.Add({.offset = 0, .bytes = Fill(8), .source = source});
    ASSERT_EQ(run.Add({.offset = 8, .bytes = Fill(8), .more = false, .source = source}), kComplete);
  }
  EXPECT_TRUE(run.ended.empty());
  EXPECT_EQ(run.Add({.offset = 8, .bytes = Fill(8), .more = false}), kComplete);
}

// What the table does, without limits and with bytes one by one.
class SlowTable {
 public:
  FragmentVerdict Add(const Sent& sent, uint64_t frame, Timestamp time) {
    const Key key{sent.source, sent.id, sent.family, sent.tap};
    auto found = Find(key);
    if (found != entries_.end() && IsOver(*found, time)) {
      End(*found, FragmentEnd::kTimeout);
      entries_.erase(found);
      found = entries_.end();
    }
    if (found != entries_.end() && found->completed) return kDuplicate;
    if (found != entries_.end() && found->refused) return kDropped;
    if (!IsValid(sent)) {
      if (found != entries_.end()) Refuse(*found, FragmentEnd::kInvalid);
      return kDropped;
    }
    if (found == entries_.end()) found = entries_.insert(found, {.key = key, .since = time});
    return Join(found, sent, frame, time);
  }

  void Expire(Timestamp now) {
    for (const bool completed : {false, true})
      for (auto at = entries_.begin(); at != entries_.end();) {
        if (at->completed != completed) {
          ++at;
          continue;
        }
        if (!IsOver(*at, now)) break;  // in order of arrival, as the table does it
        End(*at, FragmentEnd::kTimeout);
        at = entries_.erase(at);
      }
  }
  void Flush() {
    for (Entry& entry : entries_) End(entry, FragmentEnd::kEndOfInput);
    entries_.clear();
  }

  std::vector<Ended> ended;
  Bytes captured;
  size_t wire = 0;

 private:
  using Key = std::tuple<uint32_t, uint32_t, Family, uint32_t>;
  struct Part {
    Sent sent;
    uint64_t frame;
    Timestamp time;
    size_t end() const { return sent.offset + sent.size(); }
  };
  struct Entry {
    Key key;
    Timestamp since;
    bool doubled = false;
    bool refused = false;
    bool completed = false;
    std::vector<Part> parts = {};
  };
  using Place = std::vector<Entry>::iterator;

  Place Find(const Key& key) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](const Entry& entry) { return entry.key == key; });
  }
  static bool IsOver(const Entry& entry, Timestamp now) {
    return now.ns - entry.since.ns >= (entry.completed ? kDoubledFragmentNs : kFragmentTimeoutNs);
  }
  static bool IsValid(const Sent& sent) {
    const size_t most = sent.family == Family::kIpv4 ? 65'515 : 65'535;
    return sent.offset + sent.size() <= most &&
           (!sent.more || (sent.size() % 8 == 0 && sent.size() != 0));
  }

  FragmentVerdict Join(Place entry, const Sent& sent, uint64_t frame, Timestamp time) {
    const Part part{sent, frame, time};
    bool again = false;
    bool overlaps = false;
    bool contradicts = false;
    for (const Part& other : entry->parts) {
      const bool same = other.sent.offset == sent.offset && other.end() == part.end() &&
                        other.sent.more == sent.more;
      again |= same && SameBytes(other.sent, sent);
      overlaps |= part.end() > other.sent.offset && other.end() > sent.offset;
      if (!other.sent.more)
        contradicts |= sent.more ? part.end() > other.end() : part.end() != other.end();
      if (!sent.more) contradicts |= other.end() > part.end();
    }
    if (again) {
      entry->doubled = true;
      return kDuplicate;
    }
    const bool second_end = !sent.more && std::any_of(entry->parts.begin(), entry->parts.end(),
                                                      [](const Part& p) { return !p.sent.more; });
    if (contradicts || (second_end && !overlaps)) return Refuse(*entry, FragmentEnd::kInvalid);
    if (overlaps) return Refuse(*entry, FragmentEnd::kOverlap);
    entry->parts.push_back(part);
    if (!IsComplete(*entry)) return kHeld;
    std::tie(captured, wire) = Payload(*entry);
    Entry reminder{.key = entry->key, .since = time, .completed = true};
    const bool doubled = entry->doubled;
    entries_.erase(entry);
    if (doubled) entries_.push_back(reminder);
    return kComplete;
  }

  static bool SameBytes(const Sent& held, const Sent& sent) {
    const bool cut = held.bytes.size() < held.size();
    const size_t known = cut ? held.bytes.size() / 8 * 8 : held.bytes.size();
    const auto size = static_cast<std::ptrdiff_t>(std::min(known, sent.bytes.size()));
    return std::equal(sent.bytes.begin(), sent.bytes.begin() + size, held.bytes.begin());
  }
  static bool IsComplete(const Entry& entry) {
    size_t arrived = 0;
    size_t total = SIZE_MAX;
    for (const Part& part : entry.parts) {
      arrived += part.sent.size();
      if (!part.sent.more) total = part.end();
    }
    return arrived == total;
  }
  // What is known without a gap, and the length on the wire.
  static std::pair<Bytes, size_t> Payload(const Entry& entry) {
    std::vector<bool> known(65'536);
    Bytes bytes(known.size());
    size_t total = std::get<Family>(entry.key) == Family::kIpv4 ? 65'515 : 65'535;
    for (const Part& part : entry.parts) {
      for (size_t i = 0; i < part.sent.bytes.size(); ++i) {
        known[part.sent.offset + i] = true;
        bytes[part.sent.offset + i] = part.sent.bytes[i];
      }
      if (!part.sent.more) total = part.end();
    }
    bytes.resize(static_cast<size_t>(std::find(known.begin(), known.end(), false) - known.begin()));
    return {bytes, total};
  }
  FragmentVerdict Refuse(Entry& entry, FragmentEnd why) {
    End(entry, why);
    entry.refused = true;
    return kDropped;
  }
  void End(Entry& entry, FragmentEnd why) {
    if (entry.completed || entry.refused) return;
    const auto first = std::find_if(entry.parts.begin(), entry.parts.end(),
                                    [](const Part& part) { return part.sent.offset == 0; });
    const bool has_first = first != entry.parts.end();
    const auto [bytes, length] = Payload(entry);
    ended.push_back({why, entry.parts.size(), has_first, has_first ? first->frame : 0,
                     has_first ? first->time.ns : 0, bytes, length});
  }

  std::vector<Entry> entries_;  // by first arrival, and by completion
};

// Fragments of a few datagrams in disorder, some of them twice, lost, cut, forged or wrong.
std::vector<Sent> RandomFragments(std::mt19937& random) {
  const auto below = [&](size_t n) { return random() % n; };
  std::vector<Sent> all;
  for (uint32_t datagram = 0; datagram < 4; ++datagram) {
    const size_t step = std::array{8U, 16U, 512U, 1024U, 1480U, 10'000U}[below(6)];
    const Bytes whole = Content(step * below(6) + 1 + below(step));
    const bool wild = below(3) == 0;
    const bool cut = below(4) == 0;
    for (Sent sent : Split(whole, step)) {
      if (!sent.more && sent.offset == 0) continue;
      sent.id = datagram / 2;
      sent.family = datagram % 2 == 0 ? Family::kIpv4 : Family::kIpv6;
      if (cut && below(2) == 0) {
        sent.wire = sent.bytes.size();
        sent.bytes.resize(below(sent.bytes.size() + 1));
      }
      for (size_t copies = below(8) == 0 ? 2 : 1; copies > 0; --copies) all.push_back(sent);
      if (!wild || below(3) != 0) continue;
      if (below(2) == 0 && !sent.bytes.empty()) sent.bytes[below(sent.bytes.size())] = {};
      if (below(2) == 0) sent.offset += static_cast<uint32_t>(8 * below(3));
      if (below(3) == 0) sent.more = !sent.more;
      if (below(4) == 0) sent.bytes.clear();
      if (below(8) == 0) sent.offset = 65'504;
      all.push_back(sent);
    }
  }
  if (below(3) != 0) std::shuffle(all.begin(), all.end(), random);
  if (!all.empty() && below(3) == 0) all.erase(all.begin() + std::ptrdiff_t(below(all.size())));
  return all;
}

TEST(FragmentFlood, RandomFragmentsEndAsInASlowTable) {
  FragmentRun run(size_t{8} << 20);
  SlowTable slow;
  Timestamp now = AtMs(0);
  std::array<uint64_t, 4> verdicts{};
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    for (const Sent& sent : RandomFragments(random)) {
      const int64_t step = random() % 8 == 0 ? int64_t(random() % 20'000) : int64_t(random() % 300);
      const Timestamp time{now.ns + AtMs(step).ns - AtMs(100).ns};
      now = std::max(now, time);
      const FragmentVerdict expected = slow.Add(sent, run.frame + 1, time);
      ASSERT_EQ(run.Add(sent, time), expected);
      ++verdicts[static_cast<size_t>(expected)];
      if (expected == kComplete) {
        ASSERT_EQ(run.captured(), slow.captured);
        ASSERT_EQ(run.table.datagram().payload.wire(), slow.wire);
      }
      if (random() % 16 == 0) {
        run.Expire(now);
        slow.Expire(now);
      }
      ASSERT_EQ(run.ended, slow.ended);
      run.ended.clear();
      slow.ended.clear();
    }
    if (seed % 10 == 0) {
      run.Flush();
      slow.Flush();
      ASSERT_EQ(run.ended, slow.ended);
      run.ended.clear();
      slow.ended.clear();
    }
  }
  for (const uint64_t count : verdicts) EXPECT_GT(count, 1000U);
  for (const FragmentEnd why : {FragmentEnd::kTimeout, FragmentEnd::kOverlap, FragmentEnd::kInvalid,
                                FragmentEnd::kEndOfInput})
    EXPECT_GT(run.table.stats().incomplete[static_cast<size_t>(why)], 100U);
}

TEST(FragmentFlood, TheSecretChangesNothing) {
  FragmentRun one(FragmentTable::kMinimumBytes, 1);
  FragmentRun two(FragmentTable::kMinimumBytes, 2);
  std::mt19937 random(5);
  for (int i = 0; i < 50'000; ++i) {
    const Sent sent{.offset = static_cast<uint32_t>(8 * (random() % 4)),
                    .bytes = Fill(8),
                    .more = random() % 3 != 0,
                    .source = static_cast<uint32_t>(random() % 300),
                    .id = static_cast<uint32_t>(random() % 12)};
    ASSERT_EQ(one.Add(sent, AtMs(i)), two.Add(sent, AtMs(i)));
  }
  EXPECT_GT(one.evicted(), 100U);
  EXPECT_EQ(one.ended, two.ended);
}

}  // namespace
}  // namespace rcodescope
