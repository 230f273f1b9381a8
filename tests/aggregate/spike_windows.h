// Windows of a small site, second by second, with or without something wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "aggregate/window.h"

namespace rcodescope {

inline constexpr Rcode kServFailCode{RcodeSpace::kDns, kRcodeServFail};
inline constexpr Rcode kNxDomainCode{RcodeSpace::kDns, kRcodeNxDomain};
inline constexpr Rcode kRefusedCode{RcodeSpace::kDns, kRcodeRefused};

// Two servers that answer 100 a second each; errors are added by hand.
class SmallSite {
 public:
  // Seconds since the beginning.
  Window At(int64_t second) const;

  // `count` responses from `server` to `clients` different clients in turn.
  struct Error {
    Rcode rcode;
    std::string zone;
    std::string server = "192.0.2.1";
    uint64_t count = 1;
    uint64_t clients = 1;
    int32_t info_code = -1;
    uint16_t qtype = 1;
    double names = 1;
    bool repeated = false;  // the names are known to be the same in each window
    uint64_t first_client = 0;
  };
  static void Add(const Error& error, Window& window);
};

// 2026-01-01T00:00:00Z.
inline constexpr int64_t kFirstSecond = 1'767'225'600;

}  // namespace rcodescope
