// The names of keys, made once for each as long as somebody has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <absl/container/flat_hash_map.h>

#include "aggregate/key_labels.h"
#include "aggregate/key_text.h"
#include "parse/dns_name.h"
#include "parse/ip_address.h"

namespace rcodescope {

// Not thread-safe.
class KeyTexts {
 public:
  explicit KeyTexts(const KeyLabels& labels) : labels_(labels) {}

  // What they answer is valid until the next name is made.
  const KeyText& OfZone(NameRef zone);
  const KeyText& OfServer(const IpAddress& server);
  // As KeyLabels::OfClientInWindow.
  const KeyText& OfClient(const IpAddress& client, uint8_t bits);

  // Forgets names that nobody else has, where more than `most` of a kind have come since it did so
  // last.
  void Bound(size_t most);

 private:
  struct Host {
    IpAddress address;
    uint8_t bits;

    bool operator==(const Host&) const = default;
  };
  struct HashOfHost {
    size_t operator()(const Host& host) const;
  };
  struct HashOfName : std::hash<std::string_view> {
    using is_transparent = void;
  };

  static constexpr uint8_t kServer = 255;  // in the place of a client's bits

  KeyLabels labels_;
  absl::flat_hash_map<std::string, KeyText, HashOfName, std::equal_to<>> zones_;  // by their bytes
  absl::flat_hash_map<Host, KeyText, HashOfHost> hosts_;
  size_t zones_kept_ = 0;  // when some were forgotten last
  size_t hosts_kept_ = 0;
};

}  // namespace rcodescope
