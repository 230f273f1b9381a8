// Streaming decompression of capture files.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace rcodescope {

inline constexpr size_t kMagicSize = 4;

// One direction of bytes, any number of concatenated members or frames. Memory is bounded: by
// 32 KiB for gzip, by a window of 128 MiB for Zstandard, by 256 MiB for xz, by 4 MiB for lz4. Not
// thread-safe.
class Decompressor {
 public:
  struct Step {
    size_t consumed = 0;
    size_t produced = 0;
    bool finished = false;     // the input ended where it may end
    std::string_view error{};  // what is wrong with the data; empty if nothing is
  };

  virtual ~Decompressor() = default;

  // Turns some of `in` into some of `out`. `last`: no byte will follow `in`.
  virtual Step Run(std::span<const std::byte> in, std::span<std::byte> out, bool last) = 0;
};

// The decompressor for an input that begins with `first_bytes`; null where that is plain.
std::unique_ptr<Decompressor> MakeDecompressor(std::span<const std::byte> first_bytes);

}  // namespace rcodescope
