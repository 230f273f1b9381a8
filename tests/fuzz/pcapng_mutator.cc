// LLVMFuzzerCustomMutator of fuzz_pcapng: blocks are dropped, repeated, swapped, shortened and
// changed. The two lengths of each are mostly made to agree again, so that damage to one block does
// not hide all that follows.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "capture/bytes.h"
#include "tests/fuzz/random.h"
#include "tests/support/capture_file.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace rcodescope {
namespace {

constexpr size_t kBlockHead = 8;  // type and length
constexpr size_t kBlockTail = 4;  // the length again
constexpr uint32_t kSection = 0x0a0d0d0a;
constexpr size_t kMostBlocks = 128;

// One block without its two lengths, in the byte order of the section it stands in.
struct Block {
  ByteOrder order;
  Bytes type;
  Bytes body;
};
using Blocks = std::vector<Block>;

Bytes Part(std::span<const std::byte> from, size_t at, size_t size) {
  const auto part = from.subspan(at, size);
  return {part.begin(), part.end()};
}

Blocks TakeBlocks(std::span<const std::byte> file) {
  Blocks blocks;
  ByteOrder order = ByteOrder::kLittle;
  while (file.size() >= kBlockHead + kBlockTail && blocks.size() < kMostBlocks) {
    if (Load<uint32_t>(file.data(), false) == kSection) {
      order = file[8] == std::byte{0x1a} ? ByteOrder::kBig : ByteOrder::kLittle;
    }
    const size_t length = Load<uint32_t>(&file[4], order == ByteOrder::kBig);
    const size_t size = std::clamp(length, kBlockHead + kBlockTail, file.size());
    blocks.push_back({.order = order,
                      .type = Part(file, 0, 4),
                      .body = Part(file, kBlockHead, size - kBlockHead - kBlockTail)});
    file = file.subspan(size);
  }
  return blocks;
}

Bytes Wire(const Blocks& blocks, Random& random) {
  Bytes file;
  for (const Block& block : blocks) {
    const Bytes body = Join(block.body, Fill((4 - block.body.size() % 4) % 4));
    auto length = static_cast<uint32_t>(body.size() + kBlockHead + kBlockTail);
    const Bytes good = Uint32(block.order, length);
    const Bytes bad = Uint32(block.order, length + random.Byte() - 128);
    const Bytes bytes =
        Join(block.type, random.OneIn(256) ? bad : good, body, random.OneIn(256) ? bad : good);
    file.insert(file.end(), bytes.begin(), bytes.end());
  }
  return file;
}

void Drop(Blocks& blocks, Random& random) {
  blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(random.Below(blocks.size())));
}

void Repeat(Blocks& blocks, Random& random) {
  const Block block = blocks[random.Below(blocks.size())];
  blocks.insert(blocks.begin() + static_cast<std::ptrdiff_t>(random.Below(blocks.size() + 1)),
                block);
}

void Swap(Blocks& blocks, Random& random) {
  std::swap(blocks[random.Below(blocks.size())], blocks[random.Below(blocks.size())]);
}

void Shorten(Blocks& blocks, Random& random) {
  Bytes& body = blocks[random.Below(blocks.size())].body;
  body.resize(std::min(body.size(), random.Below(16) * 4));
}

void ChangeType(Blocks& blocks, Random& random) {
  Block& block = blocks[random.Below(blocks.size())];
  block.type = Uint32(block.order, static_cast<uint32_t>(1 + random.Below(6)));
}

void ChangeBytes(Blocks& blocks, Random& random) {
  Bytes& body = blocks[random.Below(blocks.size())].body;
  const size_t size = body.size();
  body.resize(size + 16);
  body.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(body.data()), size, body.size()));
}

using Edit = void (*)(Blocks&, Random&);
constexpr std::array<Edit, 8> kEdits = {Drop,       Repeat,      Swap,        Shorten,
                                        ChangeType, ChangeBytes, ChangeBytes, ChangeBytes};

}  // namespace
}  // namespace rcodescope

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  using namespace rcodescope;
  Random random(seed);
  Blocks blocks = TakeBlocks(std::as_bytes(std::span(data, size)));
  if (blocks.empty() || random.OneIn(8)) return LLVMFuzzerMutate(data, size, max_size);
  for (size_t left = 1 + random.Below(3); left > 0 && !blocks.empty(); --left) {
    random.OneOf(kEdits)(blocks, random);
  }
  Bytes bytes = Wire(blocks, random);
  bytes.resize(std::min(bytes.size(), max_size));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(data));
  return bytes.size();
}
