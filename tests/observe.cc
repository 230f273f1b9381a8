// Prints what capture/ and parse/ make of one capture, a JSON line for each DNS message and one
// at the end: the form in which tests compare it with other decoders.
//
//   observe [--ports 53,5300] FILE
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "capture/file_source.h"
#include "parse/decoder.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

class Printer final : public ObservationSink {
 public:
  void Consume(const ObservationBatch& batch) override {
    for (const Observation& seen : batch.observations()) Print(seen);
    printed_ += batch.size();
  }
  uint64_t printed() const { return printed_; }

 private:
  static void Print(const Observation& seen) {
    const bool full = seen.certainty == Certainty::kFull;
    const std::string client = seen.client.ToString();
    const std::string server = seen.server.ToString();
    Json line;
    line["f"] = seen.frame;
    line["id"] = seen.id;
    line["qr"] = seen.is_response ? 1 : 0;
    line["op"] = static_cast<int>(seen.opcode);
    line["rc"] = seen.is_response ? Json(seen.header_rcode()) : Json();
    line["xrc"] = seen.is_response && full ? Json(TwelveBits(seen)) : Json();
    line["space"] = kRcodeSpaceNames[static_cast<size_t>(seen.rcode.space)];
    line["code"] = seen.rcode.code;
    line["certainty"] = kCertaintyNames[static_cast<size_t>(seen.certainty)];
    line["reason"] = full ? Json() : Json(kLow4ReasonNames[static_cast<size_t>(seen.low4_reason)]);
    line["kind"] = kAnswerKindNames[static_cast<size_t>(seen.kind)];
    line["transfer"] = seen.begins_transfer;
    line["tr"] = kTransportNames[static_cast<size_t>(seen.transport)];
    line["src"] = seen.is_response ? server : client;
    line["dst"] = seen.is_response ? client : server;
    line[seen.is_response ? "dp" : "sp"] = seen.client_port;
    line["qn"] = seen.qname.empty() ? Json() : Json(PresentationForm(seen.qname));
    line["qt"] = seen.qtype;
    line["final"] = seen.final_name.empty() ? Json() : Json(PresentationForm(seen.final_name));
    line["authority"] =
        seen.authority_owner.empty() ? Json() : Json(PresentationForm(seen.authority_owner));
    line["ede"] =
        std::vector<uint16_t>(seen.ede.codes.begin(), seen.ede.codes.begin() + seen.ede.size);
    line["opt"] = seen.has_opt;
    line["cookie"] = seen.has_cookie;
    line["ecs"] = seen.has_ecs;
    line["vlan"] = seen.tap.vlan;
    std::puts(line.dump().c_str());
  }

  // A TSIG error stands beside NOTAUTH, a TKEY error beside NOERROR; see DecodeMessage.
  static uint16_t TwelveBits(const Observation& seen) {
    return seen.rcode.space == RcodeSpace::kDns ? seen.rcode.code : seen.header_rcode();
  }

  uint64_t printed_ = 0;
};

// How a frame ended by itself; "held" when that is still open. Beside its own, the ends of
// fragments that it completes are counted.
std::string OwnEnd(const std::array<uint64_t, kDispositions>& before,
                   const std::array<uint64_t, kDispositions>& after) {
  for (size_t d = 0; d < kDispositions; ++d) {
    if (after[d] != before[d] && static_cast<Disposition>(d) != Disposition::kFragment) {
      return std::string(kDispositionTable[d].name);
    }
  }
  return "held";
}

int Observe(const std::vector<uint16_t>& port_list, const std::string& path) {
  FileSource source({.paths = {path}});
  const PortSet ports(port_list);
  Printer printer;
  const auto decoder =
      std::make_unique<Decoder>(DecoderOptions{.frames = {.dns_ports = &ports}}, printer);
  std::map<std::string, std::vector<uint64_t>> frames;
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets) {
    for (size_t i = 0; i < batch.size; ++i) {
      const auto before = decoder->stats().dispositions;
      decoder->Decode(batch.packets[i]);
      frames[OwnEnd(before, decoder->stats().dispositions)].push_back(batch.packets[i].frame);
    }
    decoder->Flush();
  }
  decoder->Finish();

  const DecoderStats& stats = decoder->stats();
  const InputFile& file = source.files().front();
  const bool absent = file.error == InputError::kNotFound;
  const int exit_code = file.error == InputError::kNone ? 0 : absent ? 66 : 65;
  Json end;
  end["end"] = 1;
  end["seen"] = source.Stats().seen;
  end["residual"] =
      static_cast<int64_t>(source.Stats().seen) - static_cast<int64_t>(stats.frames());
  end["message_residual"] =
      static_cast<int64_t>(stats.messages) - static_cast<int64_t>(printer.printed());
  for (size_t d = 0; d < kDispositions; ++d) {
    end["dispositions"][std::string(kDispositionTable[d].name)] = stats.dispositions[d];
  }
  end["frames"] = frames;
  for (size_t a = 0; a < kAnomalies; ++a) {
    end["anomalies"][std::string(kAnomalyTable[a].name)] = stats.anomalies[a];
  }
  end["error"] = file.message.empty() ? Json() : Json(file.message);
  end["exit"] = exit_code;
  std::puts(end.dump().c_str());
  return exit_code;
}

std::vector<uint16_t> ParsePorts(const std::string& list) {
  std::vector<uint16_t> ports;
  for (size_t at = 0; at < list.size();) {
    size_t used = 0;
    ports.push_back(static_cast<uint16_t>(std::stoul(list.substr(at), &used)));
    at += used + 1;
  }
  return ports;
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const bool with_ports = args.size() == 3 && args[0] == "--ports";
  if (args.size() != 1 && !with_ports) {
    std::fputs("usage: observe [--ports LIST] FILE\n", stderr);
    return 64;
  }
  return rcodescope::Observe(
      with_ports ? rcodescope::ParsePorts(args[1]) : std::vector<uint16_t>{rcodescope::kDnsPort},
      args.back());
}
