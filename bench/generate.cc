// generate: writes a capture file of generated DNS traffic (see traffic_generator.h), and on
// standard error one line of JSON that says what is in it.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include <CLI/CLI.hpp>

#include "bench/pcap_file.h"
#include "bench/traffic_generator.h"

namespace rcodescope {
namespace {

constexpr int kUsage = 64;  // sysexits(3)
constexpr int kCannotCreate = 73;

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
