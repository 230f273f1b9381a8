// Sends fragments to a FragmentTable, keeps what comes out, and checks that no frame is lost.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "parse/fragment_table.h"
#include "tests/support/wire.h"

namespace rcodescope {

inline constexpr Timestamp AtMs(int64_t ms) { return {ms * 1'000'000}; }

// One fragment, in the order in which its fields are mostly told apart.
struct Sent {
  uint32_t offset = 0;
  Bytes bytes;
  bool more = true;
  std::optional<size_t> wire = {};  // bytes on the wire, where `bytes` were cut
  uint32_t source = 1;
  uint32_t id = 1;
  Family family = Family::kIpv4;
  uint8_t protocol = 17;
  uint32_t tap = 0;

  size_t size() const { return wire.value_or(bytes.size()); }
};

struct Ended {
  FragmentEnd why;
  uint64_t frames;
  bool has_first;
  uint64_t first_frame;
  int64_t first_ns;
  Bytes captured;
  size_t wire;
  bool operator==(const Ended&) const = default;
};

class FragmentRun : public FragmentSink {
 public:
  explicit FragmentRun(size_t bytes = FragmentTable::kMinimumBytes, uint64_t secret = 7)
      : table(bytes, secret) {
    EXPECT_TRUE(table.usable());
  }

  // Frames are numbered from 1.
  FragmentVerdict Add(const Sent& sent, Timestamp time = {}) {
    std::array<std::byte, 16> source{};
    std::array<std::byte, 16> destination{};
    for (size_t i = 0; i < 4; ++i) source[i] = static_cast<std::byte>(sent.source >> 8 * i);
    destination[0] = std::byte{9};
    const FragmentVerdict verdict = table.Add({.source_address = source.data(),
                                               .destination_address = destination.data(),
                                               .family = sent.family,
                                               .protocol = sent.protocol,
                                               .id = sent.id,
                                               .offset = sent.offset,
                                               .more = sent.more,
                                               .tap = {.vni = sent.tap},
                                               .payload = Cursor(sent.bytes, sent.size())},
                                              {++frame, time}, *this);
    if (verdict == FragmentVerdict::kHeld) ++waiting;
    if (verdict == FragmentVerdict::kComplete) waiting -= table.datagram().frames;
    EXPECT_EQ(table.held(), waiting);
    return verdict;
  }
  void Expire(Timestamp now) {
    table.Expire(now, *this);
    EXPECT_EQ(table.held(), waiting);
  }
  void Flush() {
    table.Flush(*this);
    EXPECT_EQ(table.held(), 0U);
    EXPECT_EQ(waiting, 0U);
  }

  void OnIncomplete(const IncompleteDatagram& datagram) override {
    EXPECT_GT(datagram.frames, 0U);
    waiting -= datagram.frames;
    const auto captured = datagram.payload.captured();
    if (keep)
      ended.push_back({datagram.why, datagram.frames, datagram.has_first, datagram.first.frame,
                       datagram.first.time.ns, Bytes(captured.begin(), captured.end()),
                       datagram.payload.wire()});
  }

  Bytes captured() const {
    const auto bytes = table.datagram().payload.captured();
    return Bytes(bytes.begin(), bytes.end());
  }
  uint64_t evicted() const {
    return table.stats().incomplete[static_cast<size_t>(FragmentEnd::kEvicted)];
  }

  FragmentTable table;
  uint64_t frame = 0;
  uint64_t waiting = 0;  // frames held and not released, by what the table said
  bool keep = true;
  std::vector<Ended> ended;
};

// Bytes that differ by place.
inline Bytes Content(size_t size) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + i / 251);
  return bytes;
}

// A fragment of `whole` without what follows `end`.
inline Sent Cut(const Bytes& whole, size_t begin, size_t end) {
  const auto at = [&](size_t place) { return whole.begin() + static_cast<std::ptrdiff_t>(place); };
  return {.offset = static_cast<uint32_t>(begin),
          .bytes = Bytes(at(begin), at(end)),
          .more = end < whole.size()};
}

// All fragments of `whole`, each of `size` bytes but the last.
inline std::vector<Sent> Split(const Bytes& whole, size_t size) {
  std::vector<Sent> all;
  for (size_t begin = 0; begin < whole.size(); begin += size)
    all.push_back(Cut(whole, begin, std::min(begin + size, whole.size())));
  return all;
}

}  // namespace rcodescope
