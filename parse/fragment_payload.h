// The bytes of a datagram of which fragments are missing, in blocks of fixed size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "parse/keyed_pool.h"

namespace rcodescope {

// A fragment by its place in the payload: bytes [begin, end) on the wire. `begin` is a multiple of
// 8, and so is `end` unless `last`; both are at most 65,535.
struct FragmentRange {
  uint32_t begin;
  uint32_t end;
  bool last;                            // no more fragments follow
  std::span<const std::byte> captured;  // at most end − begin
};

// 512 bytes of a payload, in units of 8, which is what offsets count in (RFC 791 §3.1, RFC 8200
// §4.5). The words have a bit for each unit.
struct FragmentBlock {
  static constexpr uint32_t kUnitBytes = 8;
  static constexpr uint32_t kBytes = 64 * kUnitBytes;

  uint64_t arrived;
  uint64_t starts;  // a fragment begins here
  uint64_t known;   // captured in full
  uint32_t next;
  std::array<std::byte, kBytes> bytes;
};

// What a fragment is to those that are here.
enum class FragmentRelation : uint8_t { kNew, kAgain, kOverlaps, kContradicts };

// Takes time in proportion to the bytes that it is given or asked for. All calls get the same
// `pool`, from which it takes its blocks.
class FragmentPayload {
 public:
  using Blocks = Pool<FragmentBlock>;
  static constexpr uint32_t kMaxBlocks = 65'536 / FragmentBlock::kBytes;
  static constexpr uint32_t kUnknown = std::numeric_limits<uint32_t>::max();

  FragmentRelation Relate(const Blocks& pool, const FragmentRange& fragment) const;

  // Counts a new fragment in; when that does not complete the payload, Store keeps its bytes.
  void Count(const FragmentRange& fragment);
  bool complete() const { return arrived_ == total_; }
  // The blocks that Store will take, which must be there.
  uint32_t MissingBlocks(const FragmentRange& fragment) const;
  void Store(Blocks& pool, const FragmentRange& fragment);

  // Bytes on the wire; kUnknown without the last fragment.
  uint32_t total() const { return total_; }
  uint32_t block_count() const { return block_count_; }
  // Bytes captured from the start without a gap: of a complete payload, and of what is stored.
  uint32_t CompletePrefix() const { return known_end_ < total_ ? known_end_ : total_; }
  uint32_t StoredPrefix(const Blocks& pool) const;
  // Copies what is stored of the first `size` bytes to `to`, in whole blocks.
  void CopyPrefix(const Blocks& pool, uint32_t size, std::byte* to) const;

  // Gives all blocks back. Nothing else may be called then.
  void Release(Blocks& pool);

 private:
  bool Touches(const Blocks& pool, const FragmentRange& fragment) const;
  bool IsHeld(const Blocks& pool, const FragmentRange& fragment) const;
  bool HasBytes(const Blocks& pool, const FragmentRange& fragment) const;
  FragmentBlock& BlockAt(Blocks& pool, uint32_t index);

  uint32_t total_ = kUnknown;
  uint32_t last_begin_ = 0;        // of the last fragment, where total_ is known
  uint32_t end_ = 0;               // the largest end of a fragment
  uint32_t arrived_ = 0;           // bytes on the wire
  uint32_t known_end_ = kUnknown;  // the lowest byte that arrived without being captured
  uint32_t block_count_ = 0;
  uint32_t newest_ = 0;  // its blocks, chained from the newest to the oldest
  uint32_t oldest_ = 0;
  std::array<uint32_t, kMaxBlocks> blocks_{};  // by offset; 0: nothing of it arrived
};

}  // namespace rcodescope
