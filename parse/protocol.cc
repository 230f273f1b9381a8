#include "parse/protocol.h"

#include <algorithm>

namespace rcodescope {
namespace {

struct NumberName {
  uint16_t number;
  std::string_view name;
};

constexpr std::array kOpcodeNames = {
    // RFC 6895 §2.2, RFC 8490 §10.1
    NumberName{0, "QUERY"},  NumberName{1, "IQUERY"}, NumberName{2, "STATUS"},
    NumberName{4, "NOTIFY"}, NumberName{5, "UPDATE"}, NumberName{6, "DSO"},
};

// https://www.iana.org/assignments/dns-parameters (Resource Record TYPEs), those seen in traffic.
constexpr std::array kTypeNames = {
    NumberName{1, "A"},           NumberName{2, "NS"},          NumberName{5, "CNAME"},
    NumberName{6, "SOA"},         NumberName{12, "PTR"},        NumberName{13, "HINFO"},
    NumberName{15, "MX"},         NumberName{16, "TXT"},        NumberName{28, "AAAA"},
    NumberName{33, "SRV"},        NumberName{35, "NAPTR"},      NumberName{37, "CERT"},
    NumberName{39, "DNAME"},      NumberName{43, "DS"},         NumberName{44, "SSHFP"},
    NumberName{46, "RRSIG"},      NumberName{47, "NSEC"},       NumberName{48, "DNSKEY"},
    NumberName{50, "NSEC3"},      NumberName{51, "NSEC3PARAM"}, NumberName{52, "TLSA"},
    NumberName{53, "SMIMEA"},     NumberName{59, "CDS"},        NumberName{60, "CDNSKEY"},
    NumberName{61, "OPENPGPKEY"}, NumberName{63, "ZONEMD"},     NumberName{64, "SVCB"},
    NumberName{65, "HTTPS"},      NumberName{99, "SPF"},        NumberName{249, "TKEY"},
    NumberName{250, "TSIG"},      NumberName{251, "IXFR"},      NumberName{252, "AXFR"},
    NumberName{255, "ANY"},       NumberName{256, "URI"},       NumberName{257, "CAA"},
};

template <typename Table>
std::string_view Find(const Table& table, uint16_t number) {
  const auto* const found = std::find_if(table.begin(), table.end(),
                                         [&](const NumberName& n) { return n.number == number; });
  return found == table.end() ? std::string_view{} : found->name;
}

}  // namespace

std::string OpcodeName(Opcode opcode) {
  const auto number = static_cast<uint16_t>(opcode);
  const std::string_view name = Find(kOpcodeNames, number);
  return name.empty() ? "OPCODE" + std::to_string(number) : std::string(name);
}

std::string TypeName(uint16_t type) {
  const std::string_view name = Find(kTypeNames, type);
  return name.empty() ? "TYPE" + std::to_string(type) : std::string(name);
}

bool IsNamedType(uint16_t type) { return !Find(kTypeNames, type).empty(); }

}  // namespace rcodescope
