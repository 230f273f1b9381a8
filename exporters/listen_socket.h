// A listening TCP socket from "ADDRESS:PORT".
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/statusor.h>

namespace rcodescope {

struct ListenSocket {
  int fd = -1;  // non-blocking; the caller's to close
  uint16_t port = 0;
};

// "192.0.2.1:80", "[::1]:80"; numeric addresses only, port 0 lets the system choose.
// InvalidArgument: not such an address. PermissionDenied: the system does not allow it.
// Unavailable: taken, or not an address of this machine. The text holds the address and the
// system's reason.
absl::StatusOr<ListenSocket> OpenListenSocket(const std::string& address_and_port);

}  // namespace rcodescope
