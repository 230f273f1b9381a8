// generate: writes a capture file of generated DNS traffic (see traffic_generator.h), and on
// standard error one line of JSON that says what is in it.
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include <CLI/CLI.hpp>

#include "bench/traffic_generator.h"

namespace rcodescope {
namespace {

constexpr int kUsage = 64;  // sysexits(3)
constexpr int kCannotCreate = 73;
constexpr uint32_t kSnapLength = 262'144;

// Classic pcap, little-endian, microseconds (draft-ietf-opsawg-pcap §4 and §5).
class PcapFile {
 public:
  explicit PcapFile(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr) return;
    std::setvbuf(file_, nullptr, _IOFBF, size_t{1} << 20);
    constexpr uint32_t kMagic = 0xa1b2c3d4;
    constexpr uint32_t kVersion = 4U << 16 | 2U;  // 2.4, the major number first
    constexpr uint32_t kLinkTypeEthernet = 1;
    Put({kMagic, kVersion, 0, 0, kSnapLength, kLinkTypeEthernet});
  }
  PcapFile(const PcapFile&) = delete;
  PcapFile& operator=(const PcapFile&) = delete;
  ~PcapFile() {
    if (file_ != nullptr) std::fclose(file_);
  }

  void Write(const Packet& packet) {
    const int64_t us = packet.time.ns / 1000;
    Put({static_cast<uint32_t>(us / 1'000'000), static_cast<uint32_t>(us % 1'000'000),
         packet.captured, packet.wire});
    std::fwrite(packet.data, 1, packet.captured, file_);
  }

  // False, with errno set, when the file could not be opened or written.
  bool Finish() {
    if (file_ == nullptr) return false;
    const bool written = std::fflush(file_) == 0 && std::ferror(file_) == 0;
    const bool closed = std::fclose(file_) == 0;
    file_ = nullptr;
    return written && closed;
  }
  bool good() const { return file_ != nullptr && std::ferror(file_) == 0; }

 private:
  template <size_t count>
  void Put(const uint32_t (&words)[count]) {
    static_assert(std::endian::native == std::endian::little);
    std::fwrite(words, sizeof(uint32_t), count, file_);
  }

  std::FILE* file_;
};

int Run(int argc, char** argv) {
  TrafficOptions options;
  uint64_t packets = 0;
  std::string format = "pcap";
  std::string path;

  CLI::App app("Writes a capture file of generated DNS traffic.", "generate");
  app.add_option("--packets", packets, "frames to write")->required();
  app.add_option("--seed", options.seed, "equal seeds give equal files")->capture_default_str();
  app.add_option("--clients", options.population.clients)
      ->check(CLI::Range(1U, 1U << 28))
      ->capture_default_str();
  app.add_option("--zones", options.population.zones)
      ->check(CLI::Range(1U, 1U << 28))
      ->capture_default_str();
  app.add_option("--servers", options.population.servers, "at least one of each address family")
      ->check(CLI::Range(1U, 1U << 17))
      ->capture_default_str();
  app.add_option("--names", options.population.names, "in all; at least one a zone")
      ->check(CLI::Range(1U, 1U << 30))
      ->capture_default_str();
  app.add_flag("--uniform-clients", options.population.uniform_clients,
               "all clients are equally busy");
  app.add_option("--format", format)->check(CLI::IsMember({"pcap"}))->capture_default_str();
  app.add_option("--out", path, "the file")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }

  TrafficGenerator generator(options);
  PcapFile file(path);
  for (uint64_t i = 0; i < packets && file.good(); ++i) file.Write(generator.Next());
  if (!file.Finish()) {
    std::fprintf(stderr, "generate: %s: %s\n", path.c_str(), std::strerror(errno));
    return kCannotCreate;
  }
  std::fprintf(stderr, "%s\n", generator.ledger().ToJson().c_str());
  return 0;
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) { return rcodescope::Run(argc, argv); }
