#include "parse/tcp_buffer.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

// `count` ≤ 64 bits from bit `first`.
constexpr uint64_t BitRun(uint32_t first, size_t count) {
  return count == 0 ? 0 : ~uint64_t{0} >> (64 - count) << first;
}

}  // namespace

TcpBuffer::TcpBuffer(size_t bytes, uint64_t secret)
    : secret_(secret),
      pool_(static_cast<uint32_t>((bytes - kLongestRead) / (sizeof(Block) + 2 * sizeof(uint32_t)))),
      buckets_(std::bit_ceil(pool_.capacity())),
      whole_(kLongestRead) {}

size_t TcpBuffer::BucketOf(uint32_t owner, uint32_t number) const {
  const uint64_t place = uint64_t{owner} << 32 | number;
  return KeyedHash64(&place, sizeof(place), secret_) & (buckets_.size() - 1);
}

const TcpBuffer::Block* TcpBuffer::FindBlock(uint32_t owner, uint32_t number) const {
  for (uint32_t i = buckets_[BucketOf(owner, number)]; i != 0; i = pool_[i].next) {
    if (pool_[i].owner == owner && pool_[i].number == number) return &pool_[i];
  }
  return nullptr;
}

TcpBuffer::Block& TcpBuffer::ObtainBlock(TcpHeld& held, uint32_t number) {
  uint32_t& bucket = buckets_[BucketOf(held.owner, number)];
  for (uint32_t i = bucket; i != 0; i = pool_[i].next) {
    if (pool_[i].owner == held.owner && pool_[i].number == number) return pool_[i];
  }
  const uint32_t taken = pool_.Take();
  Block& block = pool_[taken];
  block.owner = held.owner;
  block.number = number;
  block.next = bucket;
  block.arrived = {};
  block.captured = {};
  block.begins = {};
  bucket = taken;
  ++held.blocks;
  return block;
}

void TcpBuffer::ReleaseBlock(TcpHeld& held, uint32_t at) {
  if (held.blocks == 0) return;
  const uint32_t number = at / kBlockBytes;
  uint32_t* link = &buckets_[BucketOf(held.owner, number)];
  while (*link != 0) {
    const uint32_t i = *link;
    Block& block = pool_[i];
    if (block.owner == held.owner && block.number == number) {
      *link = block.next;
      pool_.Give(i, i, 1);
      --held.blocks;
      return;
    }
    link = &block.next;
  }
}

void TcpBuffer::Release(TcpHeld& held, uint32_t from, uint32_t to) {
  uint32_t at = from - from % kBlockBytes;
  const uint32_t end = to - to % kBlockBytes;
  for (; held.blocks != 0 && Ahead(end, at) > 0; at += kBlockBytes) ReleaseBlock(held, at);
}

TcpBuffer::Stored TcpBuffer::Store(TcpHeld& held, uint32_t sequence, Cursor bytes, bool begins) {
  Stored stored;
  while (bytes.wire() != 0) {
    Block& block = ObtainBlock(held, sequence / kBlockBytes);
    uint32_t offset = sequence % kBlockBytes;
    if (begins) block.begins[offset / kWordBits] |= BitRun(offset % kWordBits, 1);
    begins = false;
    while (bytes.wire() != 0 && offset != kBlockBytes) {
      Cursor piece = bytes;
      piece.Limit(kWordBits - offset % kWordBits);
      StoreWord(block, offset, piece, stored);
      offset += static_cast<uint32_t>(piece.wire());
      sequence += static_cast<uint32_t>(piece.wire());
      bytes = Behind(bytes, piece.wire());
    }
  }
  return stored;
}

void TcpBuffer::StoreWord(Block& block, uint32_t offset, Cursor bytes, Stored& stored) {
  const uint32_t word = offset / kWordBits;
  const auto captured = bytes.captured();
  const uint64_t all = BitRun(offset % kWordBits, bytes.wire());
  const uint64_t with_data = BitRun(offset % kWordBits, captured.size());
  const uint64_t old = with_data & block.captured[word];
  std::byte* const to = block.data.data() + offset;
  if (old == 0) {
    if (!captured.empty()) std::memcpy(to, captured.data(), captured.size());
  } else {
    for (size_t i = 0; i < captured.size(); ++i) {
      if ((old >> (offset % kWordBits + i) & 1) == 0) {
        to[i] = captured[i];
      } else if (to[i] != captured[i]) {
        stored.different = true;
      }
    }
  }
  stored.fresh += static_cast<size_t>(std::popcount(all & ~block.arrived[word]));
  block.arrived[word] |= all;
  block.captured[word] |= with_data;
}

uint32_t TcpBuffer::Find(TcpHeld held, uint32_t from, uint32_t end, Bits Block::*bits,
                         bool value) const {
  while (Ahead(end, from) > 0) {
    const Block* const block = FindBlock(held.owner, from / kBlockBytes);
    const uint32_t block_begin = from - from % kBlockBytes;
    if (block == nullptr && !value) return from;
    for (uint32_t offset = from % kBlockBytes; block != nullptr && offset < kBlockBytes;) {
      const uint32_t word = offset / kWordBits;
      const uint64_t set = value ? (block->*bits)[word] : ~(block->*bits)[word];
      const uint64_t left = set >> (offset % kWordBits);
      if (left != 0) {
        const uint32_t found = block_begin + offset + static_cast<uint32_t>(std::countr_zero(left));
        return Ahead(end, found) > 0 ? found : end;
      }
      offset = (word + 1) * kWordBits;
    }
    from = block_begin + kBlockBytes;
  }
  return end;
}

uint32_t TcpBuffer::NextMissing(TcpHeld held, uint32_t from, uint32_t end) const {
  return Find(held, from, end, &Block::arrived, false);
}

uint32_t TcpBuffer::NextArrived(TcpHeld held, uint32_t from, uint32_t end) const {
  return Find(held, from, end, &Block::arrived, true);
}

uint32_t TcpBuffer::NextSegment(TcpHeld held, uint32_t from, uint32_t end) const {
  return Find(held, from, end, &Block::begins, true);
}

Cursor TcpBuffer::Read(TcpHeld held, uint32_t from, uint32_t count) {
  const uint32_t captured = Find(held, from, from + count, &Block::captured, false) - from;
  if (captured == 0) return {{}, count};
  const uint32_t first = std::min(captured, kBlockBytes - from % kBlockBytes);
  const std::byte* data = FindBlock(held.owner, from / kBlockBytes)->data.data();
  data += from % kBlockBytes;
  if (first == captured) return {{data, captured}, count};
  for (uint32_t done = 0; done < captured;) {
    const uint32_t at = from + done;
    const uint32_t size = std::min(captured - done, kBlockBytes - at % kBlockBytes);
    const Block* const block = FindBlock(held.owner, at / kBlockBytes);
    std::memcpy(whole_.data() + done, block->data.data() + at % kBlockBytes, size);
    done += size;
  }
  return {{whole_.data(), captured}, count};
}

}  // namespace rcodescope
