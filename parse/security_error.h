// The Error fields of TSIG and TKEY records, which are codes of spaces of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace rcodescope {

// `rdata`: where the RDATA begins in `message`, which ends with it or, cut off, before. Without a
// value when the fields up to the error are not there. What stands behind it is not looked at.
std::optional<uint16_t> TsigError(std::span<const std::byte> message, size_t rdata);
std::optional<uint16_t> TkeyError(std::span<const std::byte> message, size_t rdata);

}  // namespace rcodescope
