// Single messages, for whoever wants more than counts: events, their packets, reports of a part of
// them, and what led to a spike.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "aggregate/message_filter.h"
#include "aggregate/recorder.h"
#include "aggregate/zone_policy.h"
#include "app/flight_recorder.h"
#include "app/line_output.h"
#include "app/worker.h"
#include "exporters/event_line.h"
#include "parse/observation_batch.h"

namespace rcodescope {

struct MessageTapOptions {
  MessageFilter filter;
  bool counts_matching_only = false;  // what does not match is not counted behind the tap
  uint64_t events_a_second = 0;       // of source time, of all workers together; 0: no limit
};

// What became of messages; only grows.
struct MessageTapCounts {
  uint64_t written = 0;       // matching, as lines
  uint64_t rate_limited = 0;  // matching, more than events_a_second
  uint64_t no_room = 0;       // matching, and the file was too slow
  uint64_t packets = 0;       // in which a matching message ended, written
  uint64_t packets_lost = 0;  // the same, not written: the file was too slow, or the frame is gone
  uint64_t left_out = 0;      // not matching, and kept from being counted
};

// Stands between each worker's decoder and its recorder, where there is one; without, neither knows
// that it could be there.
class MessageTap {
 public:
  // `zones` are borrowed. `events` and `packets` may be null: none are written; and so may
  // `flight`, which is given every error response, whatever the filter.
  MessageTap(const MessageTapOptions& options, const ZonePolicy& zones,
             std::unique_ptr<LineOutput> events, std::unique_ptr<LineOutput> packets,
             std::unique_ptr<FlightRecorder> flight, size_t workers);
  ~MessageTap();

  // What the decoder of a worker is to give to, in place of `next`. Once a worker, before it runs.
  ObservationSink& Before(size_t worker, Recorder& next);

  // Who is to be shown the batches of a worker; null where nobody asks for frames.
  BatchWatcher* watcher(size_t worker);

  // From now on events tell in which file a frame stands, and where. `origin_of` takes the frame's
  // place in the batch that was polled last; there must be one worker. Before Start.
  using OriginOf = std::function<EventOrigin(size_t place)>;
  void TellOrigins(OriginOf origin_of) { origin_of_ = std::move(origin_of); }

  // Before the first worker runs.
  void Start();
  // A worker, whose source will give nothing for a while: writes what it has.
  void PassOn(size_t worker);
  // When all workers have ended: the first error of writing.
  absl::Status Close();

  // Any thread.
  MessageTapCounts counts() const;
  bool has_events() const { return events_ != nullptr; }
  bool has_packets() const { return packets_ != nullptr; }
  FlightRecorder* flight() const { return flight_.get(); }

 private:
  class Lane;

  bool Allowed(Timestamp time);

  const MessageTapOptions options_;
  const ZonePolicy& zones_;
  OriginOf origin_of_;             // empty: they do not
  std::atomic<uint64_t> told_{0};  // the second of the newest line, and how many there are in it
  std::unique_ptr<LineOutput> events_;
  std::unique_ptr<LineOutput> packets_;
  std::unique_ptr<FlightRecorder> flight_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace rcodescope
