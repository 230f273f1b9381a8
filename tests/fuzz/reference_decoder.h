// A second decoder of DNS messages: slow, simple, written from the RFCs and from the headers of
// parse/, and sharing no code with it. What it says is compared with what DecodeMessage says.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

namespace rcodescope {

// What was understood of a message: field → value, both as text, to be compared and to be shown.
// Names are in wire form, in hexadecimal digits. A field that has no meaning is not there: beyond
// `id`, `opcode`, `header_rcode` and `qtype`, all are of responses. Anomalies are those of messages
// that were captured to their end.
using MessageFacts = std::map<std::string, std::string>;

// `captured`: the first bytes of a message of `wire` bytes, at least its 12 of header.
MessageFacts ReferenceDecode(std::span<const std::byte> captured, size_t wire);

}  // namespace rcodescope
