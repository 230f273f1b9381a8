#include "exporters/event_line.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "exporters/time_format.h"

namespace rcodescope {
namespace {

constexpr std::array<std::pair<uint16_t, std::string_view>, 6> kFlagLetters = {{{0x0400, "AA"},
                                                                                {0x0200, "TC"},
                                                                                {0x0100, "RD"},
                                                                                {0x0080, "RA"},
                                                                                {0x0020, "AD"},
                                                                                {0x0010, "CD"}}};

// Writes members; every string is printable ASCII, so that only two characters need care.
class Members {
 public:
  explicit Members(std::string& line) : line_(line) { line_ += '{'; }
  void End() { line_ += "}\n"; }

  void Text(std::string_view name, std::string_view value) {
    Name(name);
    Quoted(value);
  }
  void Number(std::string_view name, uint64_t value) {
    Name(name);
    Digits(value);
  }
  void Null(std::string_view name) {
    Name(name);
    line_ += "null";
  }
  void NumberOrNull(std::string_view name, bool there, uint64_t value) {
    there ? Number(name, value) : Null(name);
  }
  void DnsName(std::string_view name, NameRef value) {
    value.empty() ? Null(name) : Text(name, PresentationForm(value));
  }
  void Flags(uint16_t flags) {
    Name("flags");
    line_ += '[';
    for (const auto& [bit, letters] : kFlagLetters) {
      if ((flags & bit) == 0) continue;
      Item();
      Quoted(letters);
    }
    line_ += ']';
  }
  void InfoCodes(const EdeCodes& codes) {
    Name("ede");
    line_ += '[';
    for (size_t i = 0; i < codes.size; ++i) {
      Item();
      Digits(codes.codes[i]);
    }
    line_ += ']';
  }

 private:
  void Name(std::string_view name) {
    if (line_.back() != '{') line_ += ',';
    Quoted(name);
    line_ += ':';
  }
  void Item() {
    if (line_.back() != '[') line_ += ',';
  }
  void Quoted(std::string_view value) {
    line_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') line_ += '\\';
      line_ += c;
    }
    line_ += '"';
  }
  void Digits(uint64_t value) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    line_.append(digits.data(), end);
  }

  std::string& line_;
};

template <typename Names, typename Enum>
std::string_view NameOf(const Names& names, Enum value) {
  return names[static_cast<size_t>(value)];
}

void AddResponse(const Observation& message, Members& members) {
  const bool full = message.certainty == Certainty::kFull;
  members.Text("rcode", RcodeName(message.rcode));
  members.Number("code", message.rcode.code);
  members.Text("space", NameOf(kRcodeSpaceNames, message.rcode.space));
  members.Text("certainty", NameOf(kCertaintyNames, message.certainty));
  if (full) {
    members.Null("low4_reason");
  } else {
    members.Text("low4_reason", NameOf(kLow4ReasonNames, message.low4_reason));
  }
  members.Number("header_rcode", message.header_rcode());
}

}  // namespace

void AppendEvent(const Observation& message, NameRef zone, const std::optional<EventOrigin>& origin,
                 std::string& line) {
  Members members(line);
  members.Text("time", Rfc3339(message.time));
  members.Number("frame", message.frame);
  members.Text("type", message.is_response ? "response" : "query");
  members.Text("client", message.client.ToString());
  members.Number("client_port", message.client_port);
  members.Text("server", message.server.ToString());
  members.Text("transport", NameOf(kTransportNames, message.transport));
  members.Number("id", message.id);
  members.Number("size", message.size);
  members.Text("opcode", OpcodeName(message.opcode));
  if (message.is_response) {
    AddResponse(message, members);
    members.DnsName("qname", message.qname);
  } else {
    for (const char* name :
         {"rcode", "code", "space", "certainty", "low4_reason", "header_rcode", "qname"}) {
      members.Null(name);
    }
  }
  const bool typed = message.qtype != 0;
  typed ? members.Text("qtype", TypeName(message.qtype)) : members.Null("qtype");
  const bool of_query = !message.is_response;
  members.DnsName("zone", of_query ? NameRef{} : zone);
  if (of_query || message.kind == AnswerKind::kNone) {
    members.Null("kind");
  } else {
    members.Text("kind", NameOf(kAnswerKindNames, message.kind));
  }
  members.InfoCodes(of_query ? EdeCodes{} : message.ede);
  members.Flags(message.flags);
  members.NumberOrNull("edns_version", !of_query && message.has_opt, message.edns_version);
  members.NumberOrNull("vlan", message.tap.vlan != 0, message.tap.vlan);
  members.NumberOrNull("vni", message.tap.vni != 0, message.tap.vni);
  if (origin.has_value()) {
    const bool known = !origin->file.empty();
    known ? members.Text("file", origin->file) : members.Null("file");
    members.NumberOrNull("file_frame", known, origin->frame);
  }
  members.End();
}

}  // namespace rcodescope
