// Which messages a user asked for, of all that are counted.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "capture/packet.h"
#include "parse/ip_address.h"
#include "parse/observation.h"

namespace rcodescope {

// A network: the first `bits` of its address are kept, the rest are 0.
struct AddressPrefix {
  IpAddress network{};
  Family family = Family::kIpv4;
  int bits = 0;  // of the family's address
  bool operator==(const AddressPrefix&) const = default;

  bool Contains(const IpAddress& address) const;
};

// A response code, whichever field it was read from; but 16 is BADVERS in one space and BADSIG in
// the others.
struct CodeChoice {
  enum class Kind : uint8_t {
    kCode,           // the counted code is `code`
    kExtendedError,  // one of its Extended DNS Errors is `code`
    kErrors,         // any code but NOERROR
  };
  Kind kind = Kind::kCode;
  uint16_t code = 0;
  bool signature = false;  // of 16: BADSIG
  bool operator==(const CodeChoice&) const = default;

  bool Matches(const Observation& response) const;
};

// A message matches when it matches every list that is not empty, by one of its entries. A query
// has neither a code nor a name that is read, so that lists of codes and zones are for responses.
// Immutable once made; any thread.
struct MessageFilter {
  std::vector<CodeChoice> codes;
  std::vector<AddressPrefix> clients;
  std::vector<AddressPrefix> servers;
  std::vector<std::vector<uint8_t>> zones;  // names as NameRef has them; a question's name is one
                                            // of them or lies below it
  std::vector<Opcode> opcodes;
  Timestamp from{std::numeric_limits<int64_t>::min()};
  Timestamp to{std::numeric_limits<int64_t>::max()};  // not included
  bool operator==(const MessageFilter&) const = default;

  bool empty() const { return *this == MessageFilter{}; }
  bool Matches(const Observation& message) const;
};

}  // namespace rcodescope
