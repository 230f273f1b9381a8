// A capture file mapped into memory, of whose frames only the bytes are read that tell a response's
// header code: what any reader of mapped files pays at least. For compare.py; classic pcap of
// Ethernet in this machine's byte order, as `generate` writes it, UDP without options or tunnels.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

constexpr size_t kFileHeader = 24;
constexpr size_t kRecordHeader = 16;
constexpr size_t kCaptured = 8;  // offset of the captured length in a record's header
constexpr size_t kAhead = 1024;  // bytes

template <typename T>
T At(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

// The offset of the DNS message; 0 where this is none.
size_t MessageOffset(const std::byte* frame) {
  size_t at = 12;
  if (At<uint16_t>(frame + at) == 0x0081) at += 4;  // 802.1Q
  const auto type = At<uint16_t>(frame + at);
  at += 2;
  const auto octet = [frame](size_t offset) { return std::to_integer<size_t>(frame[offset]); };
  if (type == 0x0008 && octet(at + 9) == 17) return at + (octet(at) & 15) * 4 + 8;
  if (type == 0xdd86 && octet(at + 6) == 17) return at + 40 + 8;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: mmap_walk FILE\n", stderr), 64;
  const int file = open(argv[1], O_RDONLY | O_CLOEXEC);
  struct stat status = {};
  if (file < 0 || fstat(file, &status) != 0) return std::perror(argv[1]), 66;
  const auto size = static_cast<size_t>(status.st_size);
  void* memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return std::perror(argv[1]), 66;
  const auto* bytes = static_cast<const std::byte*>(memory);
  uint64_t packets = 0;
  uint64_t codes[16] = {};
  for (size_t at = kFileHeader; at + kRecordHeader <= size; ++packets) {
    const std::byte* frame = bytes + at + kRecordHeader;
    const auto captured = At<uint32_t>(bytes + at + kCaptured);
    __builtin_prefetch(frame + kAhead);
    const size_t message = MessageOffset(frame);
    if (message != 0 && message + 4 <= captured &&
        (frame[message + 2] & std::byte{0x80}) != std::byte{}) {
      ++codes[std::to_integer<size_t>(frame[message + 3] & std::byte{15})];
    }
    at += kRecordHeader + captured;
  }
  std::printf("%ju packets, %ju NXDOMAIN\n", uintmax_t{packets}, uintmax_t{codes[3]});
  return 0;
}
