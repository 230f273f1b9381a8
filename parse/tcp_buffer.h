// Bytes of TCP streams that wait for others, in blocks of a shared pool.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "parse/cursor.h"
#include "parse/keyed_pool.h"

namespace rcodescope {

// How far `left` lies ahead of `right` in sequence space: RFC 9293 §3.4, modulo 2^32. Right for
// numbers that are less than 2^31 apart.
constexpr int32_t Ahead(uint32_t left, uint32_t right) {
  return static_cast<int32_t>(left - right);
}

// What lies behind the next `count` ≤ wire() bytes, captured or not.
inline Cursor Behind(Cursor bytes, size_t count) {
  const auto captured = bytes.captured();
  return {captured.subspan(std::min(count, captured.size())), bytes.wire() - count};
}

// Whose blocks they are, and how many.
struct TcpHeld {
  uint32_t owner = 0;  // a number that no other stream has
  uint32_t blocks = 0;
};

// Blocks stand at multiples of kBlockBytes in a stream's sequence space and are found by hashing.
// Each remembers of each byte whether it arrived, whether it was captured, and whether a segment
// began there, so that taking, comparing and finding cost the same in whichever order bytes come.
//
// Ranges [from, end) hold less than 2^31 bytes; one whose end lies before `from` is empty.
// Not thread-safe. No allocation after construction.
class TcpBuffer {
 public:
  static constexpr uint32_t kBlockBytes = 1024;
  static constexpr uint32_t kLongestRead = 65'535;  // RFC 1035 §4.2.2

  // Uses about `bytes` > kLongestRead. `secret`: the process's hash key.
  TcpBuffer(size_t bytes, uint64_t secret);

  // Data bytes of all blocks together.
  size_t capacity() const { return pool_.capacity() * size_t{kBlockBytes}; }
  size_t free_blocks() const { return pool_.available(); }
  // False when the system refused the memory; then nothing else may be called.
  bool usable() const { return pool_.usable(); }
  // Blocks that Store may need for so many bytes at any place.
  static size_t BlocksFor(size_t bytes) { return (bytes + kBlockBytes - 2) / kBlockBytes + 1; }

  struct Stored {
    size_t fresh = 0;        // bytes that had not arrived before
    bool different = false;  // a byte was captured before, with another value
  };
  // Takes `bytes` at `sequence`; where bytes are already held, the first ones stay. `begins`: a
  // segment begins at `sequence`. BlocksFor(bytes) must be free.
  Stored Store(TcpHeld& held, uint32_t sequence, Cursor bytes, bool begins);

  // The first byte in [from, end) that has not arrived, that has, or with which a segment began;
  // else `end`.
  uint32_t NextMissing(TcpHeld held, uint32_t from, uint32_t end) const;
  uint32_t NextArrived(TcpHeld held, uint32_t from, uint32_t end) const;
  uint32_t NextSegment(TcpHeld held, uint32_t from, uint32_t end) const;

  // The `count` ≤ kLongestRead bytes at `from`, as far as they were captured without a hole. Valid
  // until the next call of Read, Store or Release.
  Cursor Read(TcpHeld held, uint32_t from, uint32_t count);

  // Gives back the blocks that lie wholly before `to`; the stream has none before `from`.
  void Release(TcpHeld& held, uint32_t from, uint32_t to);
  // Gives back the block in which `at` lies, if there is one.
  void ReleaseBlock(TcpHeld& held, uint32_t at);

 private:
  static constexpr uint32_t kWordBits = 64;
  using Bits = std::array<uint64_t, kBlockBytes / kWordBits>;

  struct Block {
    uint32_t owner;
    uint32_t number;  // sequence / kBlockBytes
    uint32_t next;    // in its bucket, or of the free ones
    Bits arrived;
    Bits captured;
    Bits begins;
    std::array<std::byte, kBlockBytes> data;
  };

  const Block* FindBlock(uint32_t owner, uint32_t number) const;
  Block& ObtainBlock(TcpHeld& held, uint32_t number);
  size_t BucketOf(uint32_t owner, uint32_t number) const;
  // Within one word of the bit sets.
  static void StoreWord(Block& block, uint32_t offset, Cursor bytes, Stored& stored);
  uint32_t Find(TcpHeld held, uint32_t from, uint32_t end, Bits Block::*bits, bool value) const;

  uint64_t secret_;
  Pool<Block> pool_;
  std::vector<uint32_t> buckets_;  // a power of two of them: first block, 0 for none
  std::vector<std::byte> whole_;   // a message that lies in several blocks
};

}  // namespace rcodescope
