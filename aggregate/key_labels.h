// How keys are named to whoever reads a report or a page, and which clients are named at all.
#pragma once

#include <cstddef>
#include <string>

#include "aggregate/key_counts.h"
#include "aggregate/pseudonyms.h"
#include "aggregate/snapshot.h"

namespace rcodescope {

struct LabelOptions {
  Pseudonyms* pseudonyms = nullptr;  // of clients; borrowed; null: they go by their addresses
  int client_prefix_v4 = 32;         // as RecorderOptions has them
  int client_prefix_v6 = 128;
  // A client's network is named only when at least so many different addresses of it were seen; up
  // to 64. The table must have counted members if it is above 1.
  size_t min_clients = 1;
};

// One thread.
class KeyLabels {
 public:
  KeyLabels() = default;
  explicit KeyLabels(const LabelOptions& options) : options_(options) {}

  // Whether the key may be named; if not, what it has is `other`.
  bool Names(const KeyCounts& table, Dimension dimension, size_t number) const;
  std::string Of(const KeyCounts& table, Dimension dimension, size_t number) const;

  // Of a client's address, or of its network. With pseudonyms, of the network of the pseudonym.
  std::string OfClient(const IpAddress& address) const;
  // Of a client in a window of which the first `bits` bits are known. Empty where none are, and
  // where a network is named by its members only, which a window does not count.
  std::string OfClientInWindow(const IpAddress& client, int bits) const;
  // Of a zone. With pseudonyms, the octets and nibbles of names below in-addr.arpa and ip6.arpa are
  // those of the pseudonym (RFC 1035 §3.5, RFC 3596 §2.5), and labels before what is neither of
  // them are left out.
  std::string OfZone(NameRef zone) const;

 private:
  LabelOptions options_;
};

}  // namespace rcodescope
