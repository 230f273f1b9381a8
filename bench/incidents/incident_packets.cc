// incident_packets: writes a small seeded incident as a capture file, and on standard output one
// line of JSON with the truth about it and what the detector says of the same responses as windows.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/incidents/scenario.h"
#include "bench/incidents/slice_frames.h"
#include "bench/incidents/stream.h"
#include "bench/incidents/trial.h"
#include "bench/pcap_file.h"

namespace rcodescope {
namespace {

constexpr int kUsage = 64;  // sysexits(3)
constexpr int kCannotCreate = 73;

bool WriteCapture(const Scenario& scenario, const std::string& path) {
  Stream stream(scenario);
  SliceFrames frames(scenario.sensor, scenario.seed);
  PcapFile file(path);
  for (Slice slice; stream.Next(slice) && file.good();) {
    for (const SliceFrame& frame : frames.Of(slice)) {
      Packet packet{};
      packet.data = frame.bytes.data();
      packet.captured = packet.wire = static_cast<uint32_t>(frame.size);
      packet.time = frame.time;
      file.Write(packet);
    }
  }
  return file.Finish();
}

int Run(int argc, char** argv) {
  uint64_t seed = 1;
  std::string path;
  CLI::App app("Writes a seeded incident as a capture file.", "incident_packets");
  app.add_option("--seed", seed, "its last digit chooses the kind")->capture_default_str();
  app.add_option("--out", path, "the file")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  const Scenario scenario = DrawPacketScenario(seed);
  if (!WriteCapture(scenario, path)) {
    std::fprintf(stderr, "incident_packets: %s: %s\n", path.c_str(), std::strerror(errno));
    return kCannotCreate;
  }
  std::printf("%s\n", RunTrial(scenario).dump().c_str());
  return 0;
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) { return rcodescope::Run(argc, argv); }
