// A capture file that generated frames are written to.
#pragma once

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>

#include "capture/packet.h"

namespace rcodescope {

// Classic pcap, little-endian, microseconds, Ethernet (draft-ietf-opsawg-pcap §4 and §5).
class PcapFile {
 public:
  explicit PcapFile(const std::string& path);
  PcapFile(const PcapFile&) = delete;
  PcapFile& operator=(const PcapFile&) = delete;
  ~PcapFile();

  void Write(const Packet& packet);

  // False, with errno set, when the file could not be opened or written.
  bool Finish();
  bool good() const { return file_ != nullptr && std::ferror(file_) == 0; }

 private:
  void Put(std::initializer_list<uint32_t> words);

  std::FILE* file_;
};

}  // namespace rcodescope
