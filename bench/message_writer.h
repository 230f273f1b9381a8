// Writes one DNS message record by record.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bench/byte_writer.h"
#include "bench/dns_messages.h"
#include "bench/population.h"
#include "bench/random.h"

namespace rcodescope {

// Types that only the generator needs.
inline constexpr uint16_t kTypeA = 1;       // RFC 1035 §3.2.2
inline constexpr uint16_t kTypeMx = 15;     // RFC 1035 §3.2.2
inline constexpr uint16_t kTypeTxt = 16;    // RFC 1035 §3.2.2
inline constexpr uint16_t kTypeAaaa = 28;   // RFC 3596 §2.1
inline constexpr uint16_t kTypeRrsig = 46;  // RFC 4034 §3
inline constexpr uint16_t kTypeHttps = 65;  // RFC 9460 §9

// A header and one question, then records in the order of their sections. Owners are compression
// pointers into what was written before, so the message must begin where `out` does.
class MessageWriter {
 public:
  enum Section : uint8_t { kAnswer, kAuthority, kAdditional };

  MessageWriter(const Exchange& exchange, const Population& population, uint16_t flags,
                ByteWriter& out);

  // Pointers to the question's name and to its zone.
  uint16_t question() const;
  uint16_t zone() const { return Pointer(zone_at_); }

  // Begin writes a record's fixed part. Its RDATA follows through out(), then End.
  void Begin(Section section, uint16_t owner, uint16_t type, uint32_t ttl);
  void End() { out_.PatchU16(rdata_ - 2, static_cast<uint16_t>(out_.size() - rdata_)); }
  ByteWriter& out() { return out_; }

  // A name of one label below the zone, for RDATA. The answer is a pointer to it.
  uint16_t Child(std::string_view label);

  // An A or AAAA record.
  void Address(Section section, uint16_t owner, uint16_t type, uint64_t salt);
  // The zone's SOA, as negative answers carry it: RFC 2308 §3.
  void Soa();
  // An RRSIG with random octets for a signature.
  void Signature(Section section, uint16_t owner, uint16_t covered, Random& random);
  // `server`: with the server's half of the cookie (RFC 7873 §4) and the Extended DNS Error.
  void Opt(const Exchange& exchange, bool server);

  // Writes the counts. Nothing may follow.
  void Finish();
  // After Finish: false when a record stands behind the OPT record, or there is none.
  bool opt_is_last() const { return opt_ordinal_ != 0 && opt_ordinal_ == counts_[kAdditional]; }

 private:
  static uint16_t Pointer(size_t at);
  uint8_t Labels(uint16_t pointer) const;
  void MixCase(uint64_t salt);

  ByteWriter& out_;
  uint32_t zone_;
  size_t zone_at_ = 0;
  size_t rdata_ = 0;
  uint16_t opt_ordinal_ = 0;  // in the additional section, from 1
  std::array<uint16_t, 3> counts_{};
};

}  // namespace rcodescope
