// ASCII lower case, 16 octets at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rcodescope {

inline constexpr size_t kLowerCaseBlock = 16;

// Reads and writes one block.
inline void CopyBlockInLowerCase(uint8_t* to, const void* from) {
  typedef uint8_t Block __attribute__((vector_size(kLowerCaseBlock)));
  Block block;
  std::memcpy(&block, from, kLowerCaseBlock);
  const auto is_capital = static_cast<Block>(block - 'A' < 26);
  block |= is_capital & 0x20;
  std::memcpy(to, &block, kLowerCaseBlock);
}

// Copies `size` octets of labels; writes whole blocks, two at least. `readable`: octets that may be
// read at `from`. Length octets are ≤ 63 and so never look like a capital letter.
inline void CopyInLowerCase(uint8_t* to, const std::byte* from, size_t size, size_t readable) {
  size_t i = 0;
  if (readable >= 2 * kLowerCaseBlock) [[likely]] {  // as long as nearly all names, in one go
    CopyBlockInLowerCase(to, from);
    CopyBlockInLowerCase(to + kLowerCaseBlock, from + kLowerCaseBlock);
    i = 2 * kLowerCaseBlock;
  }
  for (; i < size && readable - i >= kLowerCaseBlock; i += kLowerCaseBlock) {
    CopyBlockInLowerCase(to + i, from + i);
  }
  if (i < size) [[unlikely]] {  // the bytes end inside the last block
    uint8_t last[kLowerCaseBlock] = {};
    std::memcpy(last, from + i, readable - i);
    CopyBlockInLowerCase(to + i, last);
  }
}

}  // namespace rcodescope
