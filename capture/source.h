// The one interface between where frames come from and the loop that decodes them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/packet.h"

namespace rcodescope {

enum class PollResult : uint8_t {
  kPackets,  // the batch holds frames, or none and a newer `now` (live, when nothing came)
  kEnd,      // no frame will come any more; the batch is empty
};

// Things that are wrong with a record but do not stop its frame from being decoded.
enum class RecordAnomaly : uint8_t {
  kCapturedExceedsWire,  // captured length > wire length: the captured length is used for both
  kCapturedExceedsSnap,  // captured length > the file's snap length
  kTimeFractionClamped,  // sub-second field ≥ 1 s: clamped to its largest value
  kTimeMissing,          // no usable time: the frame takes the clock's
  kTimeLate,             // the frame's own slice is older than the clock's
  kTimeJump,             // more than a day ahead of the clock, not confirmed by the next frame
  kCount,
};
inline constexpr size_t kRecordAnomalies = static_cast<size_t>(RecordAnomaly::kCount);
inline constexpr std::array<std::string_view, kRecordAnomalies> kRecordAnomalyNames = {
    "captured_exceeds_wire",
    "captured_exceeds_snap",
    "time_fraction_clamped",
    "time_missing",
    "time_late",
    "time_jump"};

// Where frames are lost before a source can give them out.
enum class DropStage : uint8_t {
  kNic,        // the card had no room (DPDK's imissed, rx_missed_errors)
  kKernel,     // the kernel, on the way to us (libpcap's ps_drop)
  kRing,       // our ring or buffer pool was full (tp_drops, rx_nombuf)
  kInterface,  // the interface's driver (rx_dropped, ps_ifdrop)
  kWorker,     // the worker they were shared out to had no room (one queue for several workers)
  kCount,
};
inline constexpr size_t kDropStages = static_cast<size_t>(DropStage::kCount);
inline constexpr std::array<std::string_view, kDropStages> kDropStageNames = {
    "nic", "kernel", "ring", "interface", "worker"};

// What a source has counted since its start. All counts only grow, but for the backlog.
struct CaptureStats {
  uint64_t records = 0;       // frames found in the input, filtered ones included
  uint64_t seen = 0;          // frames given out by Poll
  uint64_t filtered = 0;      // frames the user's filter kept back
  uint64_t bytes = 0;         // wire lengths of the frames given out
  Timestamp first = kNoTime;  // smallest and largest time of the frames given out
  Timestamp last = kNoTime;
  std::array<uint64_t, kRecordAnomalies> anomalies{};

  // Live sources. What the kernel or the card says it had for us, lost frames included, and what
  // of that waits to be polled. Over all queues, offered == records + dropped[kernel] +
  // dropped[ring] + dropped[worker] + backlog, and the difference is the source's residual; what
  // the card or the interface dropped was never offered. Empty where the source cannot know: a
  // figure that is not known is not 0.
  std::optional<uint64_t> offered;
  std::array<std::optional<uint64_t>, kDropStages> dropped{};
  uint64_t backlog = 0;
};

// Why an input could not be read to its end.
enum class InputError : uint8_t {
  kNone,
  kNotFound,   // no such file, not a file, or not readable
  kBadData,    // not a capture, damaged, or cut off
  kReadError,  // the operating system failed the read
};

// One capture file, as far as it was read.
struct InputFile {
  std::string name;
  uint64_t packets = 0;  // frames given out
  uint64_t bytes = 0;    // their wire lengths
  uint64_t skipped = 0;  // bytes of the file that a search behind damage passed over
  InputError error = InputError::kNone;
  std::string message;  // what is wrong and at which offset; empty without error
};

// A source of frames. One thread polls; Stats may be called by that thread only.
//
// A batch stays valid until the next Poll of the same source. It never spans two slices of source
// time, so that `now` puts every frame of a batch into one window.
class PacketSource {
 public:
  virtual ~PacketSource() = default;

  virtual PollResult Poll(PacketBatch& batch) = 0;
  virtual const CaptureStats& Stats() const = 0;
};

}  // namespace rcodescope
