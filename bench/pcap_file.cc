#include "bench/pcap_file.h"

#include <bit>

namespace rcodescope {

PcapFile::PcapFile(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
  if (file_ == nullptr) return;
  std::setvbuf(file_, nullptr, _IOFBF, size_t{1} << 20);
  constexpr uint32_t kMagic = 0xa1b2c3d4;
  constexpr uint32_t kVersion = 4U << 16 | 2U;  // 2.4, the major number first
  constexpr uint32_t kSnapLength = 262'144;
  constexpr uint32_t kLinkTypeEthernet = 1;
  Put({kMagic, kVersion, 0, 0, kSnapLength, kLinkTypeEthernet});
}

PcapFile::~PcapFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void PcapFile::Write(const Packet& packet) {
  const int64_t us = packet.time.ns / 1000;
  Put({static_cast<uint32_t>(us / 1'000'000), static_cast<uint32_t>(us % 1'000'000),
       packet.captured, packet.wire});
  std::fwrite(packet.data, 1, packet.captured, file_);
}

bool PcapFile::Finish() {
  if (file_ == nullptr) return false;
  const bool written = std::fflush(file_) == 0 && std::ferror(file_) == 0;
  const bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  return written && closed;
}

void PcapFile::Put(std::initializer_list<uint32_t> words) {
  static_assert(std::endian::native == std::endian::little);
  std::fwrite(words.begin(), sizeof(uint32_t), words.size(), file_);
}

}  // namespace rcodescope
