// Appends integers in network byte order to a buffer of fixed size.
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace rcodescope {

// The buffer is borrowed and must be large enough; only a debug build checks.
class ByteWriter {
 public:
  explicit ByteWriter(std::span<std::byte> buffer) : buffer_(buffer) {}

  void U8(uint8_t value) {
    assert(size_ < buffer_.size());
    buffer_[size_++] = std::byte{value};
  }
  void U16(uint16_t value) {
    PatchU16(size_, value);
    size_ += sizeof(value);
  }
  void U32(uint32_t value) {
    const uint32_t ordered = __builtin_bswap32(value);
    Bytes(&ordered, sizeof(ordered));
  }
  void U64(uint64_t value) {
    const uint64_t ordered = __builtin_bswap64(value);
    Bytes(&ordered, sizeof(ordered));
  }
  void Bytes(const void* from, size_t count) {
    assert(size_ + count <= buffer_.size());
    if (count != 0) std::memcpy(buffer_.data() + size_, from, count);
    size_ += count;
  }
  void Bytes(std::span<const std::byte> from) { Bytes(from.data(), from.size()); }
  void Text(std::string_view text) { Bytes(text.data(), text.size()); }
  void Zeros(size_t count) {
    assert(size_ + count <= buffer_.size());
    std::memset(buffer_.data() + size_, 0, count);
    size_ += count;
  }

  void PatchU8(size_t at, uint8_t value) { buffer_[at] = std::byte{value}; }
  void PatchU16(size_t at, uint16_t value) {
    assert(at + sizeof(value) <= buffer_.size());
    const uint16_t ordered = __builtin_bswap16(value);
    std::memcpy(buffer_.data() + at, &ordered, sizeof(ordered));
  }

  size_t size() const { return size_; }
  std::span<const std::byte> written() const { return buffer_.first(size_); }
  std::span<const std::byte> written_from(size_t at) const {
    return buffer_.subspan(at, size_ - at);
  }

 private:
  std::span<std::byte> buffer_;
  size_t size_ = 0;
};
static_assert(std::endian::native == std::endian::little);

}  // namespace rcodescope
