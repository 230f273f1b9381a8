#include "parse/fragment_payload.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace rcodescope {
namespace {

constexpr uint32_t kUnitBytes = FragmentBlock::kUnitBytes;
constexpr uint32_t kBlockBytes = FragmentBlock::kBytes;

constexpr uint64_t UnitAt(uint32_t offset) {
  return uint64_t{1} << (offset % kBlockBytes / kUnitBytes);
}

// The part of [begin, range_end) that lies in its first block. The range is not empty.
struct Piece {
  uint32_t index;  // of the block
  uint32_t begin;
  uint32_t end;
  uint64_t units;  // those it covers, the last one perhaps in part

  Piece(uint32_t range_begin, uint32_t range_end)
      : index(range_begin / kBlockBytes),
        begin(range_begin),
        end(std::min(range_end, (index + 1) * kBlockBytes)) {
    const uint32_t first = begin % kBlockBytes / kUnitBytes;
    const uint32_t last = (end - 1) % kBlockBytes / kUnitBytes;
    units = (~uint64_t{0} >> (63 - (last - first))) << first;
  }
};

uint32_t CapturedEnd(const FragmentRange& fragment) {
  return fragment.begin + static_cast<uint32_t>(fragment.captured.size());
}

}  // namespace

FragmentRelation FragmentPayload::Relate(const Blocks& pool, const FragmentRange& fragment) const {
  const bool last_is_here = total_ != kUnknown;
  const bool fits = !fragment.last ? fragment.end <= total_
                    : last_is_here ? fragment.end == total_
                                   : fragment.end >= end_;
  if (!fits) return FragmentRelation::kContradicts;
  const bool at_last = last_is_here && fragment.begin == last_begin_;
  if (fragment.begin == fragment.end && at_last) return FragmentRelation::kAgain;
  if (!Touches(pool, fragment))
    return fragment.last && last_is_here ? FragmentRelation::kContradicts : FragmentRelation::kNew;
  const bool again = at_last == fragment.last && IsHeld(pool, fragment) && HasBytes(pool, fragment);
  return again ? FragmentRelation::kAgain : FragmentRelation::kOverlaps;
}

// Whether any of its bytes arrived.
bool FragmentPayload::Touches(const Blocks& pool, const FragmentRange& fragment) const {
  for (uint32_t at = fragment.begin; at < fragment.end;) {
    const Piece piece(at, fragment.end);
    const uint32_t block = blocks_[piece.index];
    if (block != 0 && (pool[block].arrived & piece.units) != 0) return true;
    at = piece.end;
  }
  return false;
}

// Whether its bytes arrived as one fragment.
bool FragmentPayload::IsHeld(const Blocks& pool, const FragmentRange& fragment) const {
  for (uint32_t at = fragment.begin; at < fragment.end;) {
    const Piece piece(at, fragment.end);
    const uint32_t number = blocks_[piece.index];
    if (number == 0) return false;
    const FragmentBlock& block = pool[number];
    const uint64_t start = at == fragment.begin ? UnitAt(at) : 0;
    if ((block.arrived & piece.units) != piece.units) return false;
    if ((block.starts & piece.units) != start) return false;
    at = piece.end;
  }
  if (fragment.last) return true;
  const uint32_t behind = blocks_[fragment.end / kBlockBytes];
  if (behind == 0) return true;
  return (pool[behind].arrived & ~pool[behind].starts & UnitAt(fragment.end)) == 0;
}

// Whether the bytes of the held fragment are the same, as far as both are known. Of a fragment that
// was cut, whole units are compared.
bool FragmentPayload::HasBytes(const Blocks& pool, const FragmentRange& fragment) const {
  const uint32_t end = CapturedEnd(fragment);
  for (uint32_t at = fragment.begin; at < end;) {
    const Piece piece(at, end);
    const FragmentBlock& block = pool[blocks_[piece.index]];
    const auto known_units = static_cast<uint32_t>(std::popcount(block.known & piece.units));
    const uint32_t size = std::min(known_units * kUnitBytes, piece.end - at);
    if (std::memcmp(block.bytes.data() + at % kBlockBytes,
                    fragment.captured.data() + (at - fragment.begin), size) != 0)
      return false;
    at = piece.end;
  }
  return true;
}

void FragmentPayload::Count(const FragmentRange& fragment) {
  if (fragment.last) {
    total_ = fragment.end;
    last_begin_ = fragment.begin;
  }
  end_ = std::max(end_, fragment.end);
  arrived_ += fragment.end - fragment.begin;
  const uint32_t captured_end = CapturedEnd(fragment);
  if (captured_end < fragment.end) known_end_ = std::min(known_end_, captured_end);
}

uint32_t FragmentPayload::MissingBlocks(const FragmentRange& fragment) const {
  uint32_t missing = 0;
  for (uint32_t at = fragment.begin; at < fragment.end;) {
    const Piece piece(at, fragment.end);
    missing += blocks_[piece.index] == 0;
    at = piece.end;
  }
  return missing;
}

void FragmentPayload::Store(Blocks& pool, const FragmentRange& fragment) {
  const uint32_t captured_end = CapturedEnd(fragment);
  const uint32_t known_end =
      captured_end == fragment.end ? fragment.end : captured_end / kUnitBytes * kUnitBytes;
  for (uint32_t at = fragment.begin; at < fragment.end;) {
    const Piece piece(at, fragment.end);
    FragmentBlock& block = BlockAt(pool, piece.index);
    block.arrived |= piece.units;
    if (at == fragment.begin) block.starts |= UnitAt(at);
    if (at < known_end) block.known |= Piece(at, known_end).units;
    if (at < captured_end)
      std::memcpy(block.bytes.data() + at % kBlockBytes,
                  fragment.captured.data() + (at - fragment.begin),
                  std::min(piece.end, captured_end) - at);
    at = piece.end;
  }
}

FragmentBlock& FragmentPayload::BlockAt(Blocks& pool, uint32_t index) {
  uint32_t& number = blocks_[index];
  if (number != 0) return pool[number];
  number = pool.Take();
  FragmentBlock& block = pool[number];
  block.arrived = 0;
  block.starts = 0;
  block.known = 0;
  block.next = newest_;
  newest_ = number;
  if (block_count_ == 0) oldest_ = number;
  ++block_count_;
  return block;
}

uint32_t FragmentPayload::StoredPrefix(const Blocks& pool) const {
  uint32_t units = 0;
  for (const uint32_t number : blocks_) {
    if (number == 0) break;
    const int here = std::countr_one(pool[number].arrived);
    units += static_cast<uint32_t>(here);
    if (here < 64) break;
  }
  return std::min({units * kUnitBytes, end_, known_end_});
}

void FragmentPayload::CopyPrefix(const Blocks& pool, uint32_t size, std::byte* to) const {
  for (uint32_t index = 0; index * kBlockBytes < size; ++index)
    if (blocks_[index] != 0)
      std::memcpy(to + size_t{index} * kBlockBytes, pool[blocks_[index]].bytes.data(), kBlockBytes);
}

void FragmentPayload::Release(Blocks& pool) {
  if (block_count_ != 0) pool.Give(newest_, oldest_, block_count_);
  block_count_ = 0;
}

}  // namespace rcodescope
