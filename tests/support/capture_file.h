// Capture files written by tests: pcap in all dialects, pcapng block by block, compressed bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "capture/packet.h"
#include "tests/support/wire.h"

namespace rcodescope {

enum class ByteOrder : uint8_t { kLittle, kBig };

// An integer in the byte order of a file.
Bytes Uint16(ByteOrder order, uint32_t value);
Bytes Uint32(ByteOrder order, uint32_t value);
Bytes Uint64(ByteOrder order, uint64_t value);

// One frame of a file. Lengths that are not given are those of `bytes`.
struct FileFrame {
  Timestamp time;
  Bytes bytes;
  std::optional<uint32_t> captured;  // the length the record claims
  std::optional<uint32_t> wire;
};

// https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap
struct PcapDialect {
  ByteOrder order = ByteOrder::kLittle;
  bool nanoseconds = false;  // magic a1b23c4d in place of a1b2c3d4
  bool modified = false;     // Kuznetzov's: magic a1b2cd34, 8 more bytes in a record header
  uint32_t link_type = 1;
  uint32_t snap_length = 262'144;
};
Bytes PcapHeader(const PcapDialect& dialect = {});
Bytes PcapRecord(const FileFrame& frame, const PcapDialect& dialect = {});
// A record of any sub-second field.
Bytes PcapRecordAt(uint32_t seconds, uint32_t fraction, const Bytes& bytes,
                   const PcapDialect& dialect = {});
Bytes Pcap(const std::vector<FileFrame>& frames, const PcapDialect& dialect = {});

// Blocks of a pcapng file, draft-ietf-opsawg-pcapng, in the order of the calls. Times are written
// in units of the resolution last given to Interface.
class Pcapng {
 public:
  explicit Pcapng(ByteOrder order = ByteOrder::kLittle) : order_(order) {}

  struct InterfaceFields {
    uint16_t link_type = 1;
    uint32_t snap_length = 262'144;
    std::optional<uint8_t> resolution;  // if_tsresol; 6 without
    std::optional<uint64_t> offset;     // if_tsoffset, seconds
  };

  Pcapng& Section();
  Pcapng& Section(ByteOrder order);
  Pcapng& Interface();
  Pcapng& Interface(const InterfaceFields& fields);
  Pcapng& Enhanced(const FileFrame& frame, uint32_t interface = 0);
  // An Enhanced Packet Block with a time of 64 bits in the interface's own units.
  Pcapng& EnhancedAt(uint64_t ticks, const Bytes& bytes, uint32_t interface = 0);
  Pcapng& Simple(const Bytes& bytes, std::optional<uint32_t> wire = {});
  Pcapng& Obsolete(const FileFrame& frame, uint16_t interface = 0);
  Pcapng& Block(uint32_t type, const Bytes& body);
  Pcapng& Raw(const Bytes& bytes);

  const Bytes& bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }

 private:
  Bytes EnhancedBody(uint64_t ticks, const FileFrame& frame, uint32_t interface) const;

  ByteOrder order_;
  uint8_t resolution_ = 6;
  Bytes bytes_;
};

// RFC 1952.
Bytes Gzip(const Bytes& bytes);
// RFC 8878.
Bytes Zstd(const Bytes& bytes);
// The .xz and LZ4 frame formats.
Bytes Xz(const Bytes& bytes);
Bytes Lz4(const Bytes& bytes);
// `head`, then `times` times `block`, without ever holding them all.
Bytes ZstdRepeated(const Bytes& head, const Bytes& block, size_t times);

}  // namespace rcodescope
