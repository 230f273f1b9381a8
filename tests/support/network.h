// Network namespaces with virtual Ethernet cables in them, and senders of frames: real kernels for
// tests of live capture. Root only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/support/wire.h"

namespace rcodescope {

// A namespace of the calling thread and the threads it starts from then on. It ends, with all that
// is in it, when the last of them and the last socket in it have. Nothing speaks in it by itself.
class Network {
 public:
  Network();

  // Why there can be none here; empty where there can.
  static std::string Hindrance();

  // Two ends of one cable, both in this namespace, up, with room for frames of any length.
  void AddCable(const std::string& one, const std::string& other);
  void Delete(const std::string& interface);
  void SetUp(const std::string& interface, bool up);

  // Frames that the interface has received, by its own count.
  static uint64_t Received(const std::string& interface);
};

// An interface without a link layer: what is written to it, the kernel receives there.
class Tunnel {
 public:
  explicit Tunnel(const std::string& name);
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;
  ~Tunnel();

  bool Send(const Bytes& packet);

 private:
  int fd_;
};

// Puts whole frames on an interface. One thread.
class FrameSender {
 public:
  explicit FrameSender(const std::string& interface);
  FrameSender(const FrameSender&) = delete;
  FrameSender& operator=(const FrameSender&) = delete;
  ~FrameSender();

  // False, with errno, when the kernel refuses it.
  bool Send(const Bytes& frame);
  // As many of `copies` of the frame as the kernel takes; it takes none beyond the first it
  // refuses.
  size_t SendMany(const Bytes& frame, size_t copies);

 private:
  int socket_;
};

}  // namespace rcodescope
