// One DNS message: header, first question, and the walk to OPT, TSIG and TKEY.
#pragma once

#include <array>
#include <cstdint>

#include "parse/cursor.h"
#include "parse/disposition.h"
#include "parse/observation_batch.h"

namespace rcodescope {

using AnomalyCounts = std::array<uint64_t, kAnomalies>;

// Reads `message`, which has at least the 12 captured bytes of a header, into `out`: everything
// but time, frame, addresses, ports and transport. Names are put into `names`.
//
// A response's rcode is its most specific code: the TSIG error when the TSIG is the last
// additional record, its error is not 0 and the 12-bit code is NOTAUTH (RFC 8945 §5.3); the TKEY
// error when the TKEY is in the answer section, its error is not 0 and the 12-bit code is NOERROR
// (RFC 2930 §2.6); else the 12-bit code. Where only the header's nibble is known (certainty
// kLow4), the nibble.
//
// `when_cut`: why the captured bytes may end before the message does.
//
// Cost is linear in the message's length: no pointer is followed but for the names that `out`
// keeps, and for a few to tell a chain of CNAMEs (cname_chain.h).
void DecodeMessage(const Cursor& message, Low4Reason when_cut, Observation& out,
                   ObservationBatch& names, AnomalyCounts& anomalies);

// The same, but more slowly where the message is like nearly all: see common_message.h.
void DecodeOddMessage(const Cursor& message, Low4Reason when_cut, Observation& out,
                      ObservationBatch& names, AnomalyCounts& anomalies);

}  // namespace rcodescope
