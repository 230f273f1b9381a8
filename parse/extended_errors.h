// Extended DNS Errors: what their INFO-CODEs say, RFC 8914 §4. They are remarks beside a response
// code and do not change it; any code may carry them, NOERROR too (RFC 8914 §2).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rcodescope {

// An INFO-CODE that has a name: https://www.iana.org/assignments/dns-parameters (Extended DNS Error
// Codes).
struct ExtendedError {
  uint16_t info_code;
  std::string_view name;    // IANA's
  std::string_view text;    // what it says
  std::string_view check;   // what to look at next
  std::string_view source;  // "RFC 8914 §4.1", or the registry where no RFC has it
};

// Those that are known, by code.
std::span<const ExtendedError> ExtendedErrors();

// The entry of a code, or null where it has none.
const ExtendedError* FindExtendedError(uint16_t info_code);

// What an INFO-CODE says; empty for a code without a name.
std::string_view EdeName(uint16_t info_code);

// RFC 8914 §5.2: from here to 65535 codes are for private use.
inline constexpr uint16_t kFirstPrivateEde = 49'152;

}  // namespace rcodescope
