// DecodeMessage on any message: no byte is read that was not captured, and what comes out is
// consistent with itself.
#include <algorithm>
#include <cstdio>
#include <string>

#include "tests/fuzz/message_input.h"
#include "tests/fuzz/require.h"

namespace rcodescope {
namespace {

void CheckName(NameRef name) {
  if (name.empty()) return;
  Require(name.size <= kLongestName, "a name has at most 255 octets");
  size_t at = 0;
  size_t labels = 0;
  while (name.data[at] != 0) {
    const size_t end = at + 1 + name.data[at];
    Require(name.data[at] <= 63 && end < name.size, "a label has at most 63 octets");
    for (++at; at < end; ++at) {
      Require(name.data[at] < 'A' || name.data[at] > 'Z', "names are in lower case");
    }
    ++labels;
  }
  Require(at + 1 == name.size, "a name ends with the root's octet");
  Require(labels == name.labels, "labels are counted");
  for (const char c : PresentationForm(name)) {
    Require(c >= 0x21 && c <= 0x7e, "presentation form is printable ASCII");
  }
}

void CheckNsid(const Observation& seen, std::span<const std::byte> message) {
  if (seen.nsid.empty()) return;
  Require(seen.nsid.size() <= ObservationBatch::kLongestNsid, "no more of an NSID is kept");
  Require(std::search(message.begin(), message.end(), seen.nsid.begin(), seen.nsid.end()) !=
                  message.end() ||
              seen.nsid.empty(),
          "the NSID stands in the message");
}

void CheckCode(const Observation& seen) {
  const unsigned nibble = seen.header_rcode();
  switch (seen.rcode.space) {
    case RcodeSpace::kDns:
      Require((seen.rcode.code & 15U) == nibble, "the header's nibble is the code's lower part");
      Require(seen.rcode.code < 4096, "a code of the header and OPT has 12 bits");
      break;
    case RcodeSpace::kTsig: Require(nibble == 9, "a TSIG error stands beside NOTAUTH"); break;
    case RcodeSpace::kTkey: Require(nibble == 0, "a TKEY error stands beside NOERROR"); break;
    default: Require(false, "there is no other space");
  }
  if (seen.certainty == Certainty::kFull) return;
  Require(seen.rcode == Rcode{RcodeSpace::kDns, seen.header_rcode()}, "low4 is the nibble");
  Require(!seen.has_opt, "low4 is a message whose OPT is not known");
}

void Check(const Observation& seen, std::span<const std::byte> message) {
  for (const NameRef name : {seen.qname, seen.final_name, seen.authority_owner}) CheckName(name);
  Require(seen.ede.size <= EdeCodes::kCapacity, "at most 8 Extended DNS Errors are kept");
  CheckNsid(seen, message);
  if (seen.is_response) CheckCode(seen);
}

// 12 bits of a code that is fully known.
unsigned TwelveBits(const Observation& seen) {
  return seen.rcode.space == RcodeSpace::kDns ? seen.rcode.code : seen.header_rcode();
}

// Of a message that was cut off earlier, less may be known, but nothing else. Only an OPT outside
// the additional section makes unsure what a part in front of it knows.
void CheckCut(const MessageInput& input, const DecodedMessage& decoded) {
  const Observation& whole = decoded.seen;
  const std::span<const std::byte> message = input.captured.bytes();
  const ExactBlock front(
      message.first(kDnsHeaderSize + whole.id % (message.size() - kDnsHeaderSize + 1)));
  const DecodedMessage cut(Cursor(front.bytes(), input.wire));
  Check(cut.seen, front.bytes());
  if (!whole.is_response || cut.seen.certainty != Certainty::kFull) return;
  if (decoded.anomalies[static_cast<size_t>(Anomaly::kOptMisplaced)] != 0) return;
  Require(whole.certainty == Certainty::kFull, "what a part says for sure, the whole does");
  Require(TwelveBits(cut.seen) == TwelveBits(whole), "a part and the whole have the same code");
}

}  // namespace
}  // namespace rcodescope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto input = rcodescope::ReadMessageInput(data, size);
  if (!input) return 0;
  const rcodescope::DecodedMessage decoded(input->cursor());
  rcodescope::Check(decoded.seen, input->captured.bytes());
  rcodescope::CheckCut(*input, decoded);
#ifdef RCODESCOPE_PLANTED_BUG
  // A test of the fuzzer: one that builds OPT records gets here.
  const bool known = decoded.seen.rcode.space == rcodescope::RcodeSpace::kDns;
  if (decoded.seen.has_opt && known && decoded.seen.rcode.code >> 4 == 0x5a) {
    std::fputs("the planted bug\n", stderr);
    __builtin_trap();
  }
#endif
  return 0;
}
