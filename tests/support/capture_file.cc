#include "tests/support/capture_file.h"

#include <memory>
#include <stdexcept>

#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

namespace rcodescope {
namespace {

constexpr uint32_t kInterfaceBlock = 1;
constexpr uint32_t kObsoletePacketBlock = 2;
constexpr uint32_t kSimplePacketBlock = 3;
constexpr uint32_t kEnhancedPacketBlock = 6;
constexpr uint32_t kSectionBlock = 0x0a0d0d0a;

template <typename Integer>
Bytes Uint(ByteOrder order, Integer value) {
  Bytes bytes;
  for (size_t i = 0; i < sizeof(value); ++i) {
    const size_t shift = 8 * (order == ByteOrder::kLittle ? i : sizeof(value) - 1 - i);
    bytes.push_back(static_cast<std::byte>(value >> shift));
  }
  return bytes;
}

uint32_t Captured(const FileFrame& frame) {
  return frame.captured.value_or(static_cast<uint32_t>(frame.bytes.size()));
}
uint32_t Wire(const FileFrame& frame) { return frame.wire.value_or(Captured(frame)); }

Bytes Padded(const Bytes& bytes) { return Join(bytes, Fill((4 - bytes.size() % 4) % 4)); }

uint64_t Ticks(Timestamp time, uint8_t resolution) {
  if (resolution & 0x80) throw std::invalid_argument("use EnhancedAt for powers of 2");
  uint64_t ticks = static_cast<uint64_t>(time.ns);
  for (int digits = 9; digits > resolution; --digits) ticks /= 10;
  for (int digits = 9; digits < resolution; ++digits) ticks *= 10;
  return ticks;
}

}  // namespace

Bytes Uint16(ByteOrder order, uint32_t value) { return Uint(order, static_cast<uint16_t>(value)); }
Bytes Uint32(ByteOrder order, uint32_t value) { return Uint(order, value); }
Bytes Uint64(ByteOrder order, uint64_t value) { return Uint(order, value); }

Bytes PcapHeader(const PcapDialect& dialect) {
  const uint32_t magic = dialect.modified      ? 0xa1b2cd34
                         : dialect.nanoseconds ? 0xa1b23c4d
                                               : 0xa1b2c3d4;
  return Join(Uint32(dialect.order, magic), Uint16(dialect.order, 2), Uint16(dialect.order, 4),
              Uint32(dialect.order, 0), Uint32(dialect.order, 0),
              Uint32(dialect.order, dialect.snap_length), Uint32(dialect.order, dialect.link_type));
}

Bytes PcapRecord(const FileFrame& frame, const PcapDialect& dialect) {
  const int64_t unit = dialect.nanoseconds ? 1 : 1000;
  const ByteOrder order = dialect.order;
  // Kuznetzov's: interface index, protocol, packet type, padding.
  const Bytes more = dialect.modified ? Hex("03000000 0800 00 00") : Bytes{};
  return Join(Uint32(order, static_cast<uint32_t>(frame.time.ns / kNanosPerSecond)),
              Uint32(order, static_cast<uint32_t>(frame.time.ns % kNanosPerSecond / unit)),
              Uint32(order, Captured(frame)), Uint32(order, Wire(frame)), more, frame.bytes);
}

Bytes PcapRecordAt(uint32_t seconds, uint32_t fraction, const Bytes& bytes,
                   const PcapDialect& dialect) {
  const Bytes record = PcapRecord({.time = {}, .bytes = bytes}, dialect);
  return Join(Uint32(dialect.order, seconds), Uint32(dialect.order, fraction),
              Bytes(record.begin() + 8, record.end()));
}

Bytes Pcap(const std::vector<FileFrame>& frames, const PcapDialect& dialect) {
  Bytes file = PcapHeader(dialect);
  for (const FileFrame& frame : frames) file = Join(file, PcapRecord(frame, dialect));
  return file;
}

Pcapng& Pcapng::Section() {
  resolution_ = 6;
  return Block(kSectionBlock, Join(Uint32(order_, 0x1a2b3c4d), Uint16(order_, 1), Uint16(order_, 0),
                                   Fill(8, 0xff)));
}

Pcapng& Pcapng::Section(ByteOrder order) {
  order_ = order;
  return Section();
}

Pcapng& Pcapng::Interface() { return Interface(InterfaceFields()); }

Pcapng& Pcapng::Interface(const InterfaceFields& fields) {
  constexpr uint32_t kResolutionOption = 9;
  constexpr uint32_t kOffsetOption = 14;
  resolution_ = fields.resolution.value_or(6);
  Bytes options;
  if (fields.resolution) {
    options = Join(Uint16(order_, kResolutionOption), Uint16(order_, 1), Padded(U8(resolution_)));
  }
  if (fields.offset) {
    options = Join(options, Uint16(order_, kOffsetOption), Uint16(order_, 8),
                   Uint64(order_, *fields.offset));
  }
  if (!options.empty()) options = Join(options, Fill(4));  // opt_endofopt
  return Block(kInterfaceBlock, Join(Uint16(order_, fields.link_type), Uint16(order_, 0),
                                     Uint32(order_, fields.snap_length), options));
}

Bytes Pcapng::EnhancedBody(uint64_t ticks, const FileFrame& frame, uint32_t interface) const {
  return Join(Uint32(order_, interface), Uint32(order_, static_cast<uint32_t>(ticks >> 32)),
              Uint32(order_, static_cast<uint32_t>(ticks)), Uint32(order_, Captured(frame)),
              Uint32(order_, Wire(frame)), Padded(frame.bytes));
}

Pcapng& Pcapng::Enhanced(const FileFrame& frame, uint32_t interface) {
  return Block(kEnhancedPacketBlock,
               EnhancedBody(Ticks(frame.time, resolution_), frame, interface));
}

Pcapng& Pcapng::EnhancedAt(uint64_t ticks, const Bytes& bytes, uint32_t interface) {
  return Block(kEnhancedPacketBlock, EnhancedBody(ticks, {.time = {}, .bytes = bytes}, interface));
}

Pcapng& Pcapng::Simple(const Bytes& bytes, std::optional<uint32_t> wire) {
  const auto size = static_cast<uint32_t>(bytes.size());
  return Block(kSimplePacketBlock, Join(Uint32(order_, wire.value_or(size)), Padded(bytes)));
}

Pcapng& Pcapng::Obsolete(const FileFrame& frame, uint16_t interface) {
  constexpr uint16_t kDropsUnknown = 0xffff;
  const Bytes body = EnhancedBody(Ticks(frame.time, resolution_), frame, 0);
  return Block(kObsoletePacketBlock, Join(Uint16(order_, interface), Uint16(order_, kDropsUnknown),
                                          Bytes(body.begin() + 4, body.end())));
}

Pcapng& Pcapng::Block(uint32_t type, const Bytes& body) {
  const Bytes padded = Padded(body);
  const auto total = static_cast<uint32_t>(padded.size() + 12);
  return Raw(Join(Uint32(order_, type), Uint32(order_, total), padded, Uint32(order_, total)));
}

Pcapng& Pcapng::Raw(const Bytes& bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Bytes Gzip(const Bytes& bytes) {
  constexpr int kWindowBits = 15 + 16;  // with a gzip header
  constexpr int kMemoryLevel = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kWindowBits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  Bytes input = bytes;
  Bytes out(deflateBound(&stream, static_cast<uLong>(bytes.size())));
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("deflate");
  return out;
}

Bytes Xz(const Bytes& bytes) {
  Bytes out(lzma_stream_buffer_bound(bytes.size()));
  size_t size = 0;
  const lzma_ret result = lzma_easy_buffer_encode(
      1, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
      reinterpret_cast<uint8_t*>(out.data()), &size, out.size());
  if (result != LZMA_OK) throw std::runtime_error("lzma_easy_buffer_encode");
  out.resize(size);
  return out;
}

Bytes Lz4(const Bytes& bytes) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  Bytes out(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const size_t size =
      LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  if (LZ4F_isError(size) != 0) throw std::runtime_error(LZ4F_getErrorName(size));
  out.resize(size);
  return out;
}

Bytes Zstd(const Bytes& bytes) { return ZstdRepeated(bytes, {}, 0); }

Bytes ZstdRepeated(const Bytes& head, const Bytes& block, size_t times) {
  const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                   ZSTD_freeCCtx);
  Bytes out;
  Bytes room(ZSTD_CStreamOutSize());
  const auto compress = [&](const Bytes& bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    size_t left = 1;
    while (left != 0) {
      ZSTD_outBuffer step{room.data(), room.size(), 0};
      left = ZSTD_compressStream2(context.get(), &step, &in, directive);
      if (ZSTD_isError(left)) throw std::runtime_error(ZSTD_getErrorName(left));
      out.insert(out.end(), room.data(), room.data() + step.pos);
      if (directive == ZSTD_e_continue && in.pos == in.size) break;
    }
  };
  compress(head, ZSTD_e_continue);
  for (size_t i = 0; i < times; ++i) compress(block, ZSTD_e_continue);
  compress({}, ZSTD_e_end);
  return out;
}

}  // namespace rcodescope
