// Where something is pushed to.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace rcodescope {

// "http://HOST[:PORT][/PATH]". The host's addresses are looked up once.
struct HttpTarget {
  std::string url;
  std::string resolve;  // HOST:PORT:ADDRESS[,ADDRESS], as CURLOPT_RESOLVE has it
  uint16_t port = 0;
};

// InvalidArgument: not such a URL.
absl::Status CheckHttpTarget(const std::string& url);

// The same, and Unavailable: the host is not found. `below`: what is put behind the URL's path.
absl::StatusOr<HttpTarget> FindHttpTarget(const std::string& url, const std::string& below = "");

}  // namespace rcodescope
