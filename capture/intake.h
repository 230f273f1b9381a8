// What every record of a file passes before it is a packet of a batch: the filter and the clock.
#pragma once

#include <cstdint>
#include <limits>

#include "capture/packet.h"
#include "capture/source.h"

namespace rcodescope {

class PacketFilter;

// Fills one batch at a time. Keeps the clock: `now` is the largest packet time so far and never
// goes backwards. A time more than a day ahead is believed only when the next frame is as far
// ahead; one damaged time thus cannot push the clock into the future. Not thread-safe.
class Intake {
 public:
  static constexpr int64_t kLargestJump = 24 * 3600 * kNanosPerSecond;

  enum class Verdict : uint8_t {
    kTaken,     // in the batch, or counted as filtered: go on with the next record
    kNextBatch  // does not belong to this batch: offer it again to the next one
  };

  // `slice`: width in ns of the slices of source time no batch may span; 0 keeps no clock: times
  // stay as they are in the file, kNoTime included, for whoever keeps one. `filter` may be null; it
  // is borrowed.
  Intake(int64_t slice, PacketFilter* filter) : slice_(slice), filter_(filter) {}

  void Begin(PacketBatch& batch);

  // The batch's free place, to be filled before Accept; only when not full().
  Packet& place() { return batch_->packets[batch_->size]; }
  // Decides on the packet in place().
  Verdict Accept() {
    const Packet& packet = place();
    // The common frame: no earlier than the last one, in the same slice, nothing to filter.
    if (packet.time >= now_ && packet.time.ns < slice_end_ && timed_ && filter_ == nullptr)
        [[likely]] {
      now_ = stats_.last = packet.time;
      ahead_ = false;
      Take();
      return Verdict::kTaken;
    }
    return Examine();
  }
  Verdict Offer(const Packet& packet) {
    place() = packet;
    return Accept();
  }

  // Takes common frames with all figures of the intake in registers. In its lifetime nothing else
  // may be asked of the intake.
  class Common {
   public:
    explicit Common(Intake& intake)
        : intake_(intake),
          place_(&intake.place()),
          end_(intake.batch_->packets.data() + intake.capacity_),
          frame_(intake.stats_.records),
          bytes_(intake.stats_.bytes),
          now_(intake.now_.ns),
          slice_end_(intake.timed_ && intake.filter_ == nullptr ? intake.slice_end_ : kNever) {}
    ~Common() {
      if (place_ == &intake_.place()) return;
      const auto taken = static_cast<size_t>(place_ - &intake_.place());
      intake_.batch_->size += taken;
      intake_.stats_.records = frame_;
      intake_.stats_.seen += taken;
      intake_.stats_.bytes = bytes_;
      intake_.batch_->now = intake_.now_ = intake_.stats_.last = {now_};
      intake_.ahead_ = false;
    }
    Common(const Common&) = delete;
    Common& operator=(const Common&) = delete;

    bool full() const { return place_ >= end_; }
    // The next place; all but the frame's number is to be filled in, then Take.
    Packet& place() { return *place_; }
    // True when a frame of that time is common: no earlier than the last one, in the same slice,
    // nothing to filter.
    bool Takes(Timestamp time) const { return time.ns >= now_ && time.ns < slice_end_; }
    void Take(Timestamp time, uint32_t wire) {
      now_ = time.ns;
      bytes_ += wire;
      place_->frame = ++frame_;
      ++place_;
    }

   private:
    static constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

    Intake& intake_;
    Packet* place_;
    const Packet* end_;
    uint64_t frame_;
    uint64_t bytes_;
    int64_t now_;
    int64_t slice_end_;
  };

  // Of a live source to which nothing came: the clock is `clock` now, unless that is earlier. One
  // more than a day ahead is believed the second time. Only on an empty batch.
  void Advance(Timestamp clock);

  // True also after many filtered frames in a row, so that the caller comes up for air.
  bool full() const { return batch_->size >= capacity_; }
  bool empty() const { return batch_->size == 0; }

  void Count(RecordAnomaly anomaly) { ++stats_.anomalies[static_cast<size_t>(anomaly)]; }
  const CaptureStats& stats() const { return stats_; }
  CaptureStats& stats() { return stats_; }  // for what a live source learns elsewhere

 private:
  Verdict Examine();
  void CountTime(Timestamp time, bool jump);
  void Take() {
    Packet& packet = place();
    ++batch_->size;
    batch_->now = now_;
    packet.frame = ++stats_.records;
    ++stats_.seen;
    stats_.bytes += packet.wire;
  }

  static constexpr size_t kMostRejected = 4096;

  int64_t slice_;
  PacketFilter* filter_;
  PacketBatch* batch_ = nullptr;
  Timestamp now_;
  // First ns behind the slice of now_; before the first frame, every time is.
  int64_t slice_end_ = std::numeric_limits<int64_t>::min();
  bool begun_ = false;                        // a frame was taken
  bool timed_ = false;                        // a frame with a time of its own was
  bool ahead_ = false;                        // the last frame was more than kLargestJump ahead
  size_t rejected_ = 0;                       // filtered since Begin
  size_t capacity_ = PacketBatch::kCapacity;  // 0 when too many were
  CaptureStats stats_;
};

}  // namespace rcodescope
