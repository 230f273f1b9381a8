#include "capture/decompressor.h"

#include <algorithm>
#include <cstdint>

#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

namespace rcodescope {
namespace {

constexpr int kZstdWindowLogMax = 27;                // 128 MiB, what zstd itself accepts by default
constexpr uint64_t kXzMemory = uint64_t{256} << 20;  // more than xz -9, 65 MiB, takes
constexpr int kGzipWindowBits = 15 + 16;             // largest deflate window, gzip framing only

bool IsGzip(std::span<const std::byte> bytes) {  // RFC 1952 §2.3.1
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

bool IsZstd(std::span<const std::byte> bytes) {  // RFC 8878 §3.1: a frame or a skippable one
  if (bytes.size() < kMagicSize) return false;
  const auto first = std::to_integer<unsigned>(bytes[0]);
  const bool frame = first == 0x28 && bytes[1] == std::byte{0xb5} && bytes[2] == std::byte{0x2f} &&
                     bytes[3] == std::byte{0xfd};
  const bool skippable = (first & 0xf0U) == 0x50 && bytes[1] == std::byte{0x2a} &&
                         bytes[2] == std::byte{0x4d} && bytes[3] == std::byte{0x18};
  return frame || skippable;
}

bool IsXz(std::span<const std::byte> bytes) {  // .xz file format §2.1.1.1, its first 4 of 6 bytes
  return bytes.size() >= kMagicSize && bytes[0] == std::byte{0xfd} && bytes[1] == std::byte{'7'} &&
         bytes[2] == std::byte{'z'} && bytes[3] == std::byte{'X'};
}

bool IsLz4(std::span<const std::byte> bytes) {  // LZ4 frame format: magic number 0x184d2204
  return bytes.size() >= kMagicSize && bytes[0] == std::byte{0x04} && bytes[1] == std::byte{0x22} &&
         bytes[2] == std::byte{0x4d} && bytes[3] == std::byte{0x18};
}

// Those that `bytes` begin with.
size_t CountZeros(std::span<const std::byte> bytes) {
  const auto end =
      std::find_if(bytes.begin(), bytes.end(), [](std::byte one) { return one != std::byte{0}; });
  return static_cast<size_t>(end - bytes.begin());
}

class Gzip final : public Decompressor {
 public:
  Gzip() { inflateInit2(&stream_, kGzipWindowBits); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override { inflateEnd(&stream_); }

  Step Run(std::span<const std::byte> in, std::span<std::byte> out, bool last) override {
    if (in.empty() && last) {
      if (between_members_) return {.finished = true};
      return {.error = "gzip data ends in the middle"};
    }
    if (between_members_) {
      // Zeros fill up the last block of a tape or a disk; gzip passes them over, too.
      const size_t padding = CountZeros(in);
      if (padding != 0) return {.consumed = padding};
      if (in[0] != std::byte{0x1f}) return {.error = "bytes behind the gzip data"};
      inflateReset(&stream_);
      between_members_ = false;
    }
    // zlib's interface is not const-correct; it does not write to next_in.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    Step step{.consumed = in.size() - stream_.avail_in, .produced = out.size() - stream_.avail_out};
    if (result == Z_STREAM_END) {
      between_members_ = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      step.error = "damaged gzip data";
    }
    return step;
  }

 private:
  z_stream stream_{};
  bool between_members_ = false;
};

class Zstd final : public Decompressor {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
  }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() override { ZSTD_freeDStream(stream_); }

  Step Run(std::span<const std::byte> in, std::span<std::byte> out, bool last) override {
    ZSTD_inBuffer source{in.data(), in.size(), 0};
    ZSTD_outBuffer target{out.data(), out.size(), 0};
    if (in.empty() && last && between_frames_) return {.finished = true};
    const size_t hint = ZSTD_decompressStream(stream_, &target, &source);
    Step step{.consumed = source.pos, .produced = target.pos};
    if (ZSTD_isError(hint) != 0) {
      step.error = "damaged zstd data";
      return step;
    }
    between_frames_ = hint == 0;
    const bool stuck = in.empty() && last && target.pos == 0;
    if (stuck && !between_frames_) step.error = "zstd data ends in the middle";
    return step;
  }

 private:
  ZSTD_DStream* stream_;
  bool between_frames_ = false;
};

class Xz final : public Decompressor {
 public:
  Xz() { usable_ = lzma_stream_decoder(&stream_, kXzMemory, LZMA_CONCATENATED) == LZMA_OK; }
  Xz(const Xz&) = delete;
  Xz& operator=(const Xz&) = delete;
  ~Xz() override { lzma_end(&stream_); }

  Step Run(std::span<const std::byte> in, std::span<std::byte> out, bool last) override {
    if (!usable_) return {.error = "not enough memory for xz data"};
    if (ended_)
      return {.finished = in.empty(), .error = in.empty() ? "" : "bytes behind the xz data"};
    stream_.next_in = reinterpret_cast<const uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret result = lzma_code(&stream_, last ? LZMA_FINISH : LZMA_RUN);
    Step step{.consumed = in.size() - stream_.avail_in, .produced = out.size() - stream_.avail_out};
    switch (result) {
      case LZMA_OK: break;
      case LZMA_STREAM_END:
        ended_ = true;
        step.finished = true;
        break;
      case LZMA_BUF_ERROR:
        if (in.empty() && last && step.produced == 0) step.error = "xz data ends in the middle";
        break;
      case LZMA_MEMLIMIT_ERROR: step.error = "xz data that takes more than 256 MiB"; break;
      default: step.error = "damaged xz data";
    }
    return step;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool usable_ = false;
  bool ended_ = false;
};

class Lz4 final : public Decompressor {
 public:
  Lz4() { usable_ = LZ4F_isError(LZ4F_createDecompressionContext(&stream_, LZ4F_VERSION)) == 0; }
  Lz4(const Lz4&) = delete;
  Lz4& operator=(const Lz4&) = delete;
  ~Lz4() override { LZ4F_freeDecompressionContext(stream_); }

  Step Run(std::span<const std::byte> in, std::span<std::byte> out, bool last) override {
    if (!usable_) return {.error = "not enough memory for lz4 data"};
    if (in.empty() && last && between_frames_) return {.finished = true};
    size_t consumed = in.size();
    size_t produced = out.size();
    const size_t hint =
        LZ4F_decompress(stream_, out.data(), &produced, in.data(), &consumed, nullptr);
    Step step{.consumed = consumed, .produced = produced};
    if (LZ4F_isError(hint) != 0) {
      step.error = "damaged lz4 data";
      return step;
    }
    between_frames_ = hint == 0;
    const bool stuck = in.empty() && last && produced == 0;
    if (stuck && !between_frames_) step.error = "lz4 data ends in the middle";
    return step;
  }

 private:
  LZ4F_dctx* stream_ = nullptr;
  bool usable_ = false;
  bool between_frames_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> MakeDecompressor(std::span<const std::byte> first_bytes) {
  if (IsGzip(first_bytes)) return std::make_unique<Gzip>();
  if (IsZstd(first_bytes)) return std::make_unique<Zstd>();
  if (IsXz(first_bytes)) return std::make_unique<Xz>();
  if (IsLz4(first_bytes)) return std::make_unique<Lz4>();
  return nullptr;
}

}  // namespace rcodescope
