// LLVMFuzzerCustomMutator of fuzz_frame_sequence: frames are dropped, repeated, swapped, delayed
// and changed; IPv4 datagrams are broken into fragments, TCP segments into smaller ones.
#include <algorithm>
#include <array>
#include <utility>

#include "capture/bytes.h"
#include "tests/fuzz/frame_sequence.h"
#include "tests/fuzz/random.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace rcodescope {
namespace {

using Frames = std::vector<FuzzFrame>;

constexpr size_t kEthernetSize = 14;
constexpr size_t kIpv4End = kEthernetSize + 20;
constexpr size_t kTcpEnd = kIpv4End + 20;
constexpr size_t kTotalLength = kEthernetSize + 2;
constexpr size_t kFragmentWord = kEthernetSize + 6;
constexpr size_t kProtocol = kEthernetSize + 9;
constexpr size_t kSequence = kIpv4End + 4;
constexpr unsigned kMoreFragments = 0x2000;

// Ethernet, then IPv4 without options.
bool IsPlainIpv4(const FuzzFrame& frame) {
  return frame.link == static_cast<uint8_t>(LinkType::kEthernet) && frame.bytes.size() > kIpv4End &&
         Be16(&frame.bytes[12]) == 0x0800 && frame.bytes[kEthernetSize] == std::byte{0x45};
}

// The first `head` bytes and what stands from `from`, with IP's length made right.
FuzzFrame Piece(const FuzzFrame& whole, size_t head, size_t from, size_t to) {
  FuzzFrame piece = whole;
  piece.bytes =
      Join(Cut(whole.bytes, head), Bytes(whole.bytes.begin() + static_cast<std::ptrdiff_t>(from),
                                         whole.bytes.begin() + static_cast<std::ptrdiff_t>(to)));
  const size_t total = piece.bytes.size() - kEthernetSize;
  piece.bytes = WithU16(piece.bytes, kTotalLength, static_cast<unsigned>(total));
  return piece;
}

std::pair<FuzzFrame, FuzzFrame> Fragments(const FuzzFrame& whole, size_t eights) {
  const size_t split = std::min(kIpv4End + eights * 8, whole.bytes.size());
  const unsigned word = Be16(&whole.bytes[kFragmentWord]);
  FuzzFrame first = Piece(whole, kIpv4End, kIpv4End, split);
  FuzzFrame second = Piece(whole, kIpv4End, split, whole.bytes.size());
  first.bytes = WithU16(first.bytes, kFragmentWord, word | kMoreFragments);
  second.bytes = WithU16(second.bytes, kFragmentWord, word + static_cast<unsigned>(eights));
  return {first, second};
}

std::pair<FuzzFrame, FuzzFrame> Segments(const FuzzFrame& whole, size_t bytes) {
  const size_t split = std::min(kTcpEnd + bytes, whole.bytes.size());
  FuzzFrame second = Piece(whole, kTcpEnd, split, whole.bytes.size());
  const uint32_t sequence = Be32(&whole.bytes[kSequence]) + static_cast<uint32_t>(split - kTcpEnd);
  second.bytes = WithU16(second.bytes, kSequence, sequence >> 16);
  second.bytes = WithU16(second.bytes, kSequence + 2, sequence & 0xffff);
  return {Piece(whole, kTcpEnd, kTcpEnd, split), second};
}

void Split(Frames& frames, Random& random) {
  const size_t at = random.Below(frames.size());
  if (!IsPlainIpv4(frames[at])) return;
  const size_t payload = frames[at].bytes.size() - kIpv4End;
  const bool tcp = frames[at].bytes[kProtocol] == std::byte{6} && payload > 20;
  auto [first, second] = tcp && !random.OneIn(4)
                             ? Segments(frames[at], random.Below(payload - 20))
                             : Fragments(frames[at], 1 + random.Below(payload / 8));
  if (random.OneIn(3)) std::swap(first, second);
  frames[at] = first;
  frames.insert(frames.begin() + static_cast<std::ptrdiff_t>(at + 1), second);
}

void Drop(Frames& frames, Random& random) {
  frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(random.Below(frames.size())));
}

void Repeat(Frames& frames, Random& random) {
  const FuzzFrame frame = frames[random.Below(frames.size())];
  frames.insert(frames.begin() + static_cast<std::ptrdiff_t>(random.Below(frames.size() + 1)),
                frame);
}

void Swap(Frames& frames, Random& random) {
  std::swap(frames[random.Below(frames.size())], frames[random.Below(frames.size())]);
}

void Delay(Frames& frames, Random& random) {
  frames[random.Below(frames.size())].step = static_cast<uint8_t>(random.Byte());
}

void CutOff(Frames& frames, Random& random) {
  FuzzFrame& frame = frames[random.Below(frames.size())];
  const size_t missing = random.Below(std::min<size_t>(frame.bytes.size(), 255) + 1);
  frame.bytes.resize(frame.bytes.size() - missing);
  frame.missing = static_cast<uint8_t>(missing);
}

void ChangeBytes(Frames& frames, Random& random) {
  Bytes& bytes = frames[random.Below(frames.size())].bytes;
  const size_t size = bytes.size();
  bytes.resize(size + 16);
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(bytes.data()), size, bytes.size()));
}

using Edit = void (*)(Frames&, Random&);
constexpr std::array<Edit, 10> kEdits = {Split, Split, Split,  ChangeBytes, ChangeBytes,
                                         Drop,  Swap,  Repeat, Delay,       CutOff};

}  // namespace
}  // namespace rcodescope

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  using namespace rcodescope;
  Random random(seed);
  Frames frames = TakeFrames(std::as_bytes(std::span(data, size)));
  if (frames.empty() || random.OneIn(8)) return LLVMFuzzerMutate(data, size, max_size);
  for (size_t left = 1 + random.Below(3); left > 0 && !frames.empty(); --left) {
    random.OneOf(kEdits)(frames, random);
  }
  Bytes bytes = Wire(frames);
  bytes.resize(std::min(bytes.size(), max_size));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(data));
  return bytes.size();
}
