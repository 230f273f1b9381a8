// The values of options that choose messages.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aggregate/message_filter.h"
#include "app/options.h"

namespace rcodescope {

// Each reads one list; InvalidArgument with the reason.

// Codes as `explain` reads them, Extended DNS Errors among them, and "errors": all but NOERROR.
absl::StatusOr<std::vector<CodeChoice>> ParseCodes(const std::string& text);
absl::StatusOr<std::vector<Opcode>> ParseOpcodes(const std::string& text);
// "192.0.2.0/24", "2001:db8::/32", or an address alone.
absl::StatusOr<std::vector<AddressPrefix>> ParsePrefixes(const std::string& text);
// Names in presentation form, with or without the dot at the end (RFC 1035 §5.1).
absl::StatusOr<std::vector<std::vector<uint8_t>>> ParseNames(const std::string& text);
// "2026-01-01T12:00:00Z", with or without a fraction or an offset as +01:00 (RFC 3339), or seconds
// since 1970-01-01.
absl::StatusOr<Timestamp> ParseTime(const std::string& text);

// What filters can not be given with. InvalidArgument says which options.
absl::Status CheckFilters(const Options& options);

}  // namespace rcodescope
