#include "app/flight_recorder.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "capture/pcapng_writer.h"
#include "exporters/file_writer.h"
#include "exporters/time_format.h"

namespace rcodescope {
namespace {

constexpr std::string_view kPrefix = "rcodescope-spike-";
constexpr std::string_view kSuffix = ".pcapng";

bool IsOurs(const std::string& name) {
  return name.starts_with(kPrefix) && name.ends_with(kSuffix);
}

// In the order of the times in their names.
std::deque<std::string> FilesIn(const std::string& folder) {
  std::deque<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (IsOurs(entry.path().filename())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// "2026-01-01T00:00:00Z-SERVFAIL-1", without what a file system or a shell would stumble over.
std::string NameOf(const Spike& spike) {
  std::string name = Rfc3339(spike.begin, 0) + "-" + RcodeName(spike.rcode);
  std::erase_if(name, [](char c) { return c == ':'; });
  return name + "-" + std::to_string(spike.number);
}

}  // namespace

FlightRecorder::FlightRecorder(FlightRecorderOptions options)
    : options_(std::move(options)), files_(FilesIn(options_.folder)) {
  const uint64_t frames = options_.bytes / options_.workers / sizeof(ErrorRing::Frame);
  for (size_t i = 0; i < options_.workers; ++i) {
    rings_.push_back(std::make_unique<ErrorRing>(std::max<uint64_t>(frames, kFewestFrames)));
  }
}

void FlightRecorder::Start() {
  thread_ = std::thread([this] { Run(); });
}

void FlightRecorder::Close() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void FlightRecorder::Notice(std::span<const Spike> active) {
  const std::lock_guard lock(mutex_);
  const uint64_t before = noticed_;
  for (const Spike& spike : active) {
    if (spike.number <= before) continue;
    noticed_ = std::max(noticed_, spike.number);
    waiting_.push_back(spike);
  }
  if (!waiting_.empty()) changed_.notify_one();
}

void FlightRecorder::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Spike spike = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Write(spike);
    lock.lock();
  }
}

void FlightRecorder::Write(const Spike& spike) {
  std::vector<ErrorRing::Frame> frames;
  for (const auto& ring : rings_) ring->CopyTo(spike.rcode, frames);
  std::stable_sort(frames.begin(), frames.end(),
                   [](const auto& a, const auto& b) { return a.packet.time < b.packet.time; });
  std::string blocks;
  PcapngWriter writer;
  PcapngWriter::Begin(blocks, spike.text);
  for (const ErrorRing::Frame& frame : frames) writer.Append(frame.Whole(), blocks);
  const std::string path =
      options_.folder + "/" + std::string(kPrefix) + NameOf(spike) + std::string(kSuffix);
  const absl::Status written = WriteWhole(path, blocks);
  if (written.ok()) {
    files_.push_back(path);
    RemoveOldest();
  }
  options_.told(path, frames.size(), std::string(written.message()));
}

// One that somebody else has removed counts no more.
void FlightRecorder::RemoveOldest() {
  while (files_.size() > options_.files) {
    if (unlink(files_.front().c_str()) != 0 && errno != ENOENT) return;
    files_.pop_front();
  }
}

}  // namespace rcodescope
