// One message as a line of JSON, for jq and log pipelines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "parse/observation.h"

namespace rcodescope {

// Appends one object and a newline. Its members, in this order; all are ASCII and of one type
// always, and null where there is no such thing:
//
//   time         when its last frame was seen, RFC 3339 with 9 digits, UTC
//   frame        that frame's number in the input, from 1
//   type         "query" or "response"
//   client, client_port, server, transport ("udp", "tcp"), id, size (bytes of the message)
//   opcode       "QUERY" …; "OPCODE<n>" where it is not assigned
//   rcode        the most specific code by its name, with
//   code, space  its number, and the field it was read from: "dns", "tsig", "tkey"
//   certainty    "full", or "low4": the header's 4 bits only, with
//   low4_reason  why
//   header_rcode the number in the header's 4 bits
//   qname        the first question's name, presentation form, lower case; null of a query
//   qtype        its type
//   zone         the zone it is counted under
//   kind         what the answer is: "answer", "nodata", "referral" …
//   ede          the INFO-CODEs of its Extended DNS Errors, [] without
//   flags        the letters of those that are set: "AA", "TC", "RD", "RA", "AD", "CD"
//   edns_version the OPT record's; null without one
//   vlan, vni    where it was seen; null where it has none
//
// and, where files are merged:
//
//   file         the one that holds the frame, its name as in the report (UTF-8), with
//   file_frame   the frame's number there; null of a message whose last frame is long gone
//
// Of a query, everything that describes an answer is null.
struct EventOrigin {
  std::string_view file;  // printable; empty: not known
  uint64_t frame = 0;
};
void AppendEvent(const Observation& message, NameRef zone, const std::optional<EventOrigin>& origin,
                 std::string& line);

}  // namespace rcodescope
