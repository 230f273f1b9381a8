#include "tests/fuzz/capture_check.h"

#include <algorithm>
#include <optional>
#include <string>

#include "capture/file_source.h"
#include "capture/record_reader.h"
#include "tests/fuzz/checked_decoder.h"
#include "tests/fuzz/exact_block.h"
#include "tests/fuzz/memory_file.h"

namespace rcodescope {
namespace {

constexpr int64_t kSlice = kNanosPerSecond;

// The bytes of a file in windows of their own heap blocks: each ends where the last one that was
// asked for ends.
class BlockInput final : public ByteInput {
 public:
  explicit BlockInput(std::span<const std::byte> file) : file_(file) {}

  bool Refill(size_t want) override {
    const size_t at = offset();
    const size_t size = std::min(want, file_.size() - at);
    window_.emplace(file_.subspan(at, size));
    begin_ = at;
    position_ = window_->bytes().data();
    end_ = position_ + size;
    return size == want;
  }
  uint64_t offset() const override {
    return window_ ? begin_ + static_cast<size_t>(position_ - window_->bytes().data()) : 0;
  }
  uint64_t file_position() const override { return offset(); }
  uint64_t file_size() const override { return file_.size(); }

 private:
  std::span<const std::byte> file_;
  std::optional<ExactBlock> window_;
  size_t begin_ = 0;
};

// Follows the batches of one input and checks what PacketSource promises of each.
class BatchCheck {
 public:
  void Take(const PacketBatch& batch) {
    if (batch.size == 0) return;
    Require(batch.size <= PacketBatch::kCapacity, "a batch holds at most 64 frames");
    Require(frames_ == 0 || batch.now >= now_, "the clock never goes backwards");
    now_ = batch.now;
    for (size_t i = 0; i < batch.size; ++i) {
      const Packet& packet = batch.packets[i];
      Require(packet.time != kNoTime, "every frame has a time");
      Require(packet.captured <= packet.wire, "no more was captured than there was");
      Require(packet.frame == ++frames_, "frames are numbered");
      ahead_ += packet.time > now_ ? 1 : 0;
      decoder_.Decode(packet);
    }
    decoder_.FlushAndCheck();
  }

  // The accounts of a source or an intake that has given out all this.
  void Finish(const CaptureStats& stats) const {
    Require(stats.seen == frames_, "frames seen = frames given out");
    const uint64_t jumps = stats.anomalies[static_cast<size_t>(RecordAnomaly::kTimeJump)];
    Require(ahead_ <= jumps, "a frame ahead of the clock is a jump");
  }

 private:
  CheckedDecoder decoder_;
  uint64_t frames_ = 0;
  uint64_t ahead_ = 0;  // of the clock
  Timestamp now_;
};

struct Outcome {
  CaptureStats stats;
  bool good = false;  // read to its end
};

Outcome ReadFile(std::span<const std::byte> file, bool resync) {
  const MemoryFile memory(file);
  FileSource source({.paths = {memory.path()}, .slice = kSlice, .filter = {}, .resync = resync});
  PacketBatch batch;
  BatchCheck check;
  while (source.Poll(batch) == PollResult::kPackets) check.Take(batch);
  const CaptureStats& stats = source.Stats();
  const InputFile& input = source.files().front();
  check.Finish(stats);
  Require(input.packets == stats.seen && input.bytes == stats.bytes, "the file's account is right");
  Require((input.error == InputError::kNone) == input.message.empty(), "an error has a message");
  return {.stats = stats, .good = input.error == InputError::kNone};
}

Outcome ReadInBlocks(std::span<const std::byte> file) {
  BlockInput input(file);
  Intake intake(kSlice, nullptr);
  auto reader = OpenRecords(input);
  if (!reader.ok()) return {};
  PacketBatch batch;
  BatchCheck check;
  for (;;) {
    intake.Begin(batch);
    const RecordReader::Result result = (*reader)->Fill(input, intake);
    check.Take(batch);
    const bool given = !intake.empty();
    if (given || result == RecordReader::Result::kBatch) continue;
    const bool damaged = result == RecordReader::Result::kDamaged;
    if (!damaged && input.Refill((*reader)->needed())) continue;
    check.Finish(intake.stats());
    const bool whole = input.window().empty() && !(*reader)->inside_record();
    return {.stats = intake.stats(), .good = !damaged && whole};
  }
}

void RequireSame(const Outcome& one, const Outcome& two) {
  Require(one.good == two.good, "from a file and in blocks: damaged alike");
  Require(one.stats.seen == two.stats.seen, "from a file and in blocks: as many frames");
  Require(one.stats.bytes == two.stats.bytes, "from a file and in blocks: as many bytes");
  Require(one.stats.first == two.stats.first && one.stats.last == two.stats.last,
          "from a file and in blocks: the same times");
  Require(one.stats.anomalies == two.stats.anomalies,
          "from a file and in blocks: the same anomalies");
}

}  // namespace

void CheckCapture(std::span<const std::byte> file) {
  const Outcome read = ReadFile(file, false);
  RequireSame(read, ReadInBlocks(file));
  const Outcome searched = ReadFile(file, true);
  Require(searched.stats.seen >= read.stats.seen, "--resync finds no fewer frames");
  Require(searched.good == read.good, "--resync does not hide damage");
}

}  // namespace rcodescope
