#include "capture/intake.h"

#include "capture/filter.h"

namespace rcodescope {

void Intake::Begin(PacketBatch& batch) {
  batch_ = &batch;
  batch.size = 0;
  batch.now = now_;
  rejected_ = 0;
  capacity_ = PacketBatch::kCapacity;
}

Intake::Verdict Intake::Examine() {
  Packet& packet = place();
  if (filter_ != nullptr && !filter_->Matches(packet)) [[unlikely]] {
    ++stats_.records;
    ++stats_.filtered;
    if (++rejected_ == kMostRejected) capacity_ = 0;
    return Verdict::kTaken;
  }
  if (slice_ == 0) {
    Take();
    return Verdict::kTaken;
  }
  Timestamp stamp = packet.time == kNoTime ? now_ : packet.time;
  const bool far_ahead = timed_ && stamp.ns > now_.ns && stamp.ns - now_.ns > kLargestJump;
  const bool jump = far_ahead && !ahead_;
  if (jump || (begun_ && stamp < now_)) stamp = now_;
  if (stamp.ns >= slice_end_) {
    if (!empty()) return Verdict::kNextBatch;
    slice_end_ = (SliceOf(stamp, slice_) + 1) * slice_;
  }

  ahead_ = jump;
  now_ = stamp;
  begun_ = true;
  if (packet.time == kNoTime) {
    Count(RecordAnomaly::kTimeMissing);
    packet.time = stamp;
  } else {
    timed_ = true;
    CountTime(packet.time, jump);
  }
  Take();
  return Verdict::kTaken;
}

void Intake::Advance(Timestamp clock) {
  if (clock <= now_) return;
  ahead_ = timed_ && clock.ns - now_.ns > kLargestJump && !ahead_;
  if (ahead_) return;
  now_ = batch_->now = clock;
  begun_ = timed_ = true;
  if (clock.ns >= slice_end_) slice_end_ = (SliceOf(clock, slice_) + 1) * slice_;
}

void Intake::CountTime(Timestamp time, bool jump) {
  if (jump) Count(RecordAnomaly::kTimeJump);
  if (time.ns < slice_end_ - slice_) Count(RecordAnomaly::kTimeLate);
  if (stats_.first == kNoTime || time < stats_.first) stats_.first = time;
  if (!jump && time > stats_.last) stats_.last = time;
}

}  // namespace rcodescope
