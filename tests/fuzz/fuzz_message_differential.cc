// DecodeMessage and the reference decoder say the same of every message.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/fuzz/message_input.h"
#include "tests/fuzz/reference_decoder.h"

namespace rcodescope {
namespace {

std::string Hexadecimal(const uint8_t* bytes, size_t size) {
  std::string out;
  for (size_t i = 0; i < size; ++i) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x", bytes[i]);
    out += digits;
  }
  return out;
}

std::string Flag(bool flag) { return flag ? "1" : "0"; }

void DescribeResponse(const DecodedMessage& decoded, bool cut, MessageFacts& facts) {
  const Observation& seen = decoded.seen;
  const bool full = seen.certainty == Certainty::kFull;
  facts["rcode"] = std::string(kRcodeSpaceNames[static_cast<size_t>(seen.rcode.space)]) + " " +
                   std::to_string(seen.rcode.code);
  facts["certainty"] = kCertaintyNames[static_cast<size_t>(seen.certainty)];
  if (!full) facts["low4_reason"] = kLow4ReasonNames[static_cast<size_t>(seen.low4_reason)];
  facts["has_opt"] = Flag(seen.has_opt);
  facts["edns_version"] = std::to_string(seen.edns_version);
  facts["dnssec_ok"] = Flag(seen.dnssec_ok);
  facts["cookie"] = Flag(seen.has_cookie);
  facts["ecs"] = Flag(seen.has_ecs);
  facts["ede"];
  for (size_t i = 0; i < seen.ede.size; ++i)
    facts["ede"] += std::to_string(seen.ede.codes[i]) + " ";
  facts["qname"] = Hexadecimal(seen.qname.data, seen.qname.size);
  facts["kind"] = kAnswerKindNames[static_cast<size_t>(seen.kind)];
  if (seen.opcode == Opcode::kQuery) {
    // A chain begins at the question's name.
    if (!seen.qname.empty())
      facts["final_name"] = Hexadecimal(seen.final_name.data, seen.final_name.size);
    facts["authority_owner"] = Hexadecimal(seen.authority_owner.data, seen.authority_owner.size);
  }
  for (size_t i = 0; i < kAnomalies; ++i) {
    if (cut || decoded.anomalies[i] == 0) continue;
    facts["anomaly " + std::string(kAnomalyTable[i].name)] = "1";
  }
}

// `cut`: by the capture; anomalies are then left out, as the reference does.
MessageFacts Describe(const DecodedMessage& decoded, bool cut) {
  const Observation& seen = decoded.seen;
  MessageFacts facts = {{"response", Flag(seen.is_response)},
                        {"id", std::to_string(seen.id)},
                        {"opcode", std::to_string(static_cast<unsigned>(seen.opcode))},
                        {"header_rcode", std::to_string(seen.header_rcode())},
                        {"qtype", std::to_string(seen.qtype)}};
  if (seen.is_response) DescribeResponse(decoded, cut, facts);
  return facts;
}

[[noreturn]] void Report(const MessageFacts& decoder, const MessageFacts& reference,
                         const MessageInput& input) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(input.captured.bytes().data());
  const size_t captured = input.captured.bytes().size();
  std::fprintf(stderr, "decoders differ on a message of %zu bytes, %zu captured:\n  %s\n",
               input.wire, captured, Hexadecimal(bytes, captured).c_str());
  std::fprintf(stderr, "  %-28s %-40s %s\n", "", "decoder", "reference");
  MessageFacts fields = decoder;
  fields.insert(reference.begin(), reference.end());
  for (const auto& [field, unused] : fields) {
    const auto left = decoder.find(field);
    const auto right = reference.find(field);
    const std::string one = left == decoder.end() ? "-" : left->second;
    const std::string two = right == reference.end() ? "-" : right->second;
    std::fprintf(stderr, "%s %-28s %-40s %s\n", one == two ? " " : "!", field.c_str(), one.c_str(),
                 two.c_str());
  }
  std::abort();
}

}  // namespace
}  // namespace rcodescope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto input = rcodescope::ReadMessageInput(data, size);
  if (!input) return 0;
  const auto decoder =
      rcodescope::Describe(rcodescope::DecodedMessage(input->cursor()), data[0] != 0);
  auto reference = rcodescope::ReferenceDecode(input->captured.bytes(), input->wire);
  // The decoder may lose a long chain of CNAMEs (cname_chain.h).
  if (decoder.contains("final_name") && decoder.at("final_name").empty()) {
    reference["final_name"] = "";
  }
  if (decoder != reference) rcodescope::Report(decoder, reference, *input);
  return 0;
}
