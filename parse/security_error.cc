#include "parse/security_error.h"

#include "capture/bytes.h"
#include "parse/dns_name.h"

namespace rcodescope {

// RFC 8945 §4.2: algorithm name, 6 bytes time, 2 fudge, MAC with its size, original ID, error.
std::optional<uint16_t> TsigError(std::span<const std::byte> message, size_t rdata) {
  const size_t name_end = SkipName(message, rdata);
  const size_t mac_size = name_end + 8;
  if (name_end <= kNameInvalid || mac_size + 2 > message.size()) return std::nullopt;
  const size_t error = mac_size + 2 + Be16(&message[mac_size]) + 2;
  if (error + 2 > message.size()) return std::nullopt;
  return Be16(&message[error]);
}

// RFC 2930 §2: algorithm name, 4 bytes inception, 4 expiration, 2 mode, error.
std::optional<uint16_t> TkeyError(std::span<const std::byte> message, size_t rdata) {
  const size_t name_end = SkipName(message, rdata);
  if (name_end <= kNameInvalid || name_end + 12 > message.size()) return std::nullopt;
  return Be16(&message[name_end + 10]);
}

}  // namespace rcodescope
