// Puts the frames of a capture file on an interface, as fast as it goes or at a rate, and prints
// how many went out.
//
//   send_frames INTERFACE FILE [COUNT [SECONDS [RATE]]]
//
// COUNT: frames, from the file's first on as often as it takes; 0: the file once. SECONDS: an end
// for it, 60 by default. RATE: frames a second; 0: no limit.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "capture/file_source.h"
#include "tests/support/network.h"

namespace rcodescope {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<Bytes> FramesOf(const std::string& path) {
  std::vector<Bytes> frames;
  FileSource source({.paths = {path}});
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets) {
    for (size_t i = 0; i < batch.size; ++i) {
      const Packet& packet = batch.packets[i];
      frames.emplace_back(packet.data, packet.data + packet.captured);
    }
  }
  return frames;
}

int SendFrames(const std::string& interface, const std::string& path,
               const std::vector<uint64_t>& limits) {
  const std::vector<Bytes> frames = FramesOf(path);
  if (frames.empty()) {
    std::fprintf(stderr, "send_frames: no frames in %s\n", path.c_str());
    return 66;
  }
  const uint64_t count = limits[0] == 0 ? frames.size() : limits[0];
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::seconds(limits[1]);
  FrameSender sender(interface);
  uint64_t tried = 0;
  uint64_t sent = 0;
  for (; tried < count; ++tried) {
    if (tried % 64 == 0 && Clock::now() > end) break;
    if (limits[2] != 0) {
      const auto due = std::chrono::nanoseconds(tried * 1'000'000'000 / limits[2]);
      std::this_thread::sleep_until(begin + due);
    }
    if (sender.Send(frames[tried % frames.size()])) ++sent;
  }
  std::printf("{\"sent\": %llu, \"refused\": %llu}\n", static_cast<unsigned long long>(sent),
              static_cast<unsigned long long>(tried - sent));
  return 0;
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) {
  if (argc < 3 || argc > 6) {
    std::fputs("usage: send_frames INTERFACE FILE [COUNT [SECONDS [RATE]]]\n", stderr);
    return 64;
  }
  std::vector<uint64_t> limits = {0, 60, 0};
  for (int i = 3; i < argc; ++i) {
    limits[static_cast<size_t>(i) - 3] = std::strtoull(argv[i], nullptr, 10);
  }
  try {
    return rcodescope::SendFrames(argv[1], argv[2], limits);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "send_frames: %s\n", error.what());
    return 71;
  }
}
