#include "bench/traffic_ledger.h"

#include <nlohmann/json.hpp>

#include "parse/rcode.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

Json ToObject(const MessageCounts& counts) {
  Json rcodes = Json::object();
  for (uint16_t code = 0; code < counts.rcodes.size(); ++code) {
    const RcodeEntry* entry = FindRcode({RcodeSpace::kDns, code});
    if (counts.rcodes[code] != 0) rcodes[std::string(entry->mnemonic)] = counts.rcodes[code];
  }
  Json kinds = Json::object();
  for (size_t kind = 0; kind < counts.kinds.size(); ++kind) {
    if (counts.kinds[kind] != 0) kinds[std::string(kAnswerKindNames[kind])] = counts.kinds[kind];
  }
  Json ede = Json::object();
  for (const auto& [code, responses] : counts.ede) ede[std::to_string(code)] = responses;
  return {{"queries", counts.queries},
          {"responses", counts.responses},
          {"rcodes", std::move(rcodes)},
          {"answer_kinds", std::move(kinds)},
          {"ede", std::move(ede)},
          {"with_opt", counts.with_opt},
          {"opt_not_last", counts.opt_not_last}};
}

}  // namespace

void MessageCounts::Count(const MessageFacts& message) {
  if (message.has_opt) {
    ++with_opt;
    if (!message.opt_is_last) ++opt_not_last;
  }
  if (!message.is_response) {
    ++queries;
    return;
  }
  ++responses;
  ++rcodes[message.rcode];
  ++kinds[static_cast<size_t>(message.kind)];
  if (message.ede != 0) ++ede[message.ede];
}

void TrafficLedger::Count(const FrameFacts& facts, size_t length) {
  ++packets;
  bytes += length;
  ++frames[static_cast<size_t>(facts.kind)];
  ipv6 += facts.ipv6 ? 1 : 0;
  vlan += facts.vlan ? 1 : 0;
  if (facts.kind == FrameKind::kUdpMessage || facts.kind == FrameKind::kTcpMessage) {
    whole.Count(facts.message);
    complete.Count(facts.message);
    return;
  }
  if (facts.begins_message) ++begun;
  if (facts.ends_message) {
    --begun;
    complete.Count(facts.message);
  }
}

std::string TrafficLedger::ToJson() const {
  Json by_kind = Json::object();
  for (size_t kind = 0; kind < frames.size(); ++kind) {
    by_kind[std::string(kFrameKindNames[kind])] = frames[kind];
  }
  const double average =
      packets == 0 ? 0.0 : static_cast<double>(bytes) / static_cast<double>(packets);
  const Json ledger = {{"packets", packets},
                       {"bytes", bytes},
                       {"average_length", average},
                       {"frames", std::move(by_kind)},
                       {"tcp", tcp_data() + Frames(FrameKind::kTcpControl)},
                       {"tcp_data", tcp_data()},
                       {"fragments", Frames(FrameKind::kFragment)},
                       {"vlan", vlan},
                       {"ipv6", ipv6},
                       {"one_frame", ToObject(whole)},
                       {"all", ToObject(complete)},
                       {"unfinished_messages", begun}};
  return ledger.dump();
}

}  // namespace rcodescope
