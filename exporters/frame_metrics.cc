#include "exporters/frame_metrics.h"

namespace rcodescope {
namespace {

using prometheus::MetricType;

double Seconds(int64_t ns) {
  return static_cast<double>(ns) / static_cast<double>(kNanosPerSecond);
}

void AddDropped(const Snapshot& snapshot, Families& families) {
  MetricBuilder dropped(
      "frames_dropped_total",
      "Frames that did not reach the decoder by where they were dropped; stage filter: kept back "
      "by the user's filter. A stage of which the source knows nothing is not there.",
      MetricType::Counter, {"source", "queue", "stage"});
  for (size_t i = 0; i < snapshot.queues.size(); ++i) {
    const CaptureStats& queue = snapshot.queues[i];
    const std::string number = std::to_string(i);
    dropped.Add({snapshot.source, number, "filter"}, static_cast<double>(queue.filtered));
    for (size_t stage = 0; stage < kDropStages; ++stage) {
      if (!queue.dropped[stage].has_value()) continue;
      dropped.Add({snapshot.source, number, std::string(kDropStageNames[stage])},
                  static_cast<double>(*queue.dropped[stage]));
    }
  }
  dropped.MoveTo(families);
}

void AddResiduals(const FrameLedger& frames, Families& families) {
  MetricBuilder residual(
      "conservation_residual",
      "What was lost inside the program: frames seen minus frames with a disposition and held "
      "(engine), messages decoded minus messages counted (messages). 0 when all is well. Source: "
      "frames offered to a live source minus those given out, dropped and waiting; 0 once nothing "
      "moves any more.",
      MetricType::Gauge, {"layer"});
  residual.Add({"engine"}, static_cast<double>(frames.residual));
  residual.Add({"messages"}, static_cast<double>(frames.message_residual));
  if (frames.source_residual.has_value()) {
    residual.Add({"source"}, static_cast<double>(*frames.source_residual));
  }
  residual.MoveTo(families);
}

void AddInterfaces(const LiveStatus& live, Families& families) {
  MetricBuilder up("link_up", "Whether the interface is there and its link up.", MetricType::Gauge,
                   {"source"});
  MetricBuilder gaps("source_gaps_total", "Times the interface was down or gone.",
                     MetricType::Counter, {"source"});
  for (const LiveStatus::Interface& interface : live.interfaces) {
    up.Add({interface.name}, interface.up ? 1 : 0);
    gaps.Add({interface.name}, static_cast<double>(interface.gaps));
  }
  up.MoveTo(families);
  gaps.MoveTo(families);
}

void AddEvents(const LiveStatus::Events& events, Families& families) {
  MetricBuilder builder("events_total",
                        "Messages that --events is about by what became of their lines: written; "
                        "rate_limited, more than --events-rate; no_room, the file was too slow.",
                        MetricType::Counter, {"result"});
  builder.Add({"written"}, static_cast<double>(events.written));
  builder.Add({"rate_limited"}, static_cast<double>(events.rate_limited));
  builder.Add({"no_room"}, static_cast<double>(events.no_room));
  builder.MoveTo(families);
}

void AddAlertmanagers(const LiveStatus& live, Families& families) {
  if (live.alertmanagers.empty()) return;
  MetricBuilder requests(
      "alert_requests_total",
      "Requests to an Alertmanager by what became of them: taken, or failed, which "
      "are tried again.",
      MetricType::Counter, {"url", "result"});
  for (const AlertmanagerCounts& counts : live.alertmanagers) {
    requests.Add({counts.url, "taken"}, static_cast<double>(counts.taken));
    requests.Add({counts.url, "failed"}, static_cast<double>(counts.failed));
  }
  requests.MoveTo(families);
}

void AddRemoteWrites(const LiveStatus& live, Families& families) {
  if (live.remote_writes.empty()) return;
  MetricBuilder in("export_samples_in_total",
                   "Samples to be sent: made, or found in the spool at the start. Each is sent, "
                   "dropped or pending.",
                   MetricType::Counter, {"url"});
  MetricBuilder sent("export_samples_total", "Samples that the target took.", MetricType::Counter,
                     {"url"});
  MetricBuilder retried("export_samples_retried_total",
                        "Samples that were sent in vain and stay pending, once for each try.",
                        MetricType::Counter, {"url"});
  MetricBuilder dropped("export_samples_dropped_total",
                        "Samples that the target will never have, by why: rejected, it answered "
                        "4xx; no_room, they gave way to newer ones; spool_failed, the disk.",
                        MetricType::Counter, {"url", "reason"});
  MetricBuilder pending("export_samples_pending", "Samples that wait, in memory or in the spool.",
                        MetricType::Gauge, {"url"});
  MetricBuilder spooled("export_spool_bytes", "Bytes of requests in the spool.", MetricType::Gauge,
                        {"url"});
  MetricBuilder success("export_last_success_timestamp_seconds",
                        "When the target last took samples; 0 while it never did.",
                        MetricType::Gauge, {"url"});
  for (const RemoteWriteCounts& counts : live.remote_writes) {
    in.Add({counts.url}, static_cast<double>(counts.samples_in));
    sent.Add({counts.url}, static_cast<double>(counts.sent));
    retried.Add({counts.url}, static_cast<double>(counts.retried));
    dropped.Add({counts.url, "rejected"}, static_cast<double>(counts.rejected));
    dropped.Add({counts.url, "no_room"}, static_cast<double>(counts.no_room));
    dropped.Add({counts.url, "spool_failed"}, static_cast<double>(counts.spool_failed));
    pending.Add({counts.url}, static_cast<double>(counts.pending));
    spooled.Add({counts.url}, static_cast<double>(counts.spool_bytes));
    success.Add({counts.url}, counts.last_success_seconds);
  }
  for (MetricBuilder* builder : {&in, &sent, &retried, &dropped, &pending, &spooled, &success}) {
    builder->MoveTo(families);
  }
  MetricBuilder skipped("export_epochs_skipped_total",
                        "Epochs of which no samples were made, because those before took too long.",
                        MetricType::Counter, {});
  skipped.Add({}, static_cast<double>(live.epochs_skipped));
  skipped.MoveTo(families);
}

void AddWorkers(const LiveStatus& live, Families& families) {
  MetricBuilder busy("worker_busy_ratio",
                     "Share of the time since the page before that the worker spent on frames.",
                     MetricType::Gauge, {"worker"});
  MetricBuilder stalled("worker_stalled",
                        "1 while the worker has not asked for frames for 2 seconds; the page's "
                        "other figures then are those of the last epoch.",
                        MetricType::Gauge, {"worker"});
  for (size_t i = 0; i < live.workers.size(); ++i) {
    busy.Add({std::to_string(i)}, live.workers[i].busy);
    stalled.Add({std::to_string(i)}, live.workers[i].stalled ? 1 : 0);
  }
  busy.MoveTo(families);
  stalled.MoveTo(families);
}

}  // namespace

void AddFrames(const Snapshot& snapshot, Families& families) {
  const FrameLedger& frames = snapshot.frames;
  AddList("frames_total", "Frames handed to the decoder by how they ended.", "disposition",
          NamesOf(kDispositionTable), frames.dispositions, families);
  AddList("reassembly_events_total",
          "What happened where messages are put together from IP fragments and TCP segments.",
          "event", NamesOf(kReassemblyTable), snapshot.reassembly, families);
  AddDropped(snapshot, families);
  AddGauge("frames_held", "Frames that wait in reassembly.", {},
           {{{}, static_cast<double>(frames.held)}}, families);
  AddResiduals(frames, families);
  if (snapshot.last == kNoTime) return;
  AddGauge("last_packet_timestamp_seconds", "Time of the newest packet, seconds since the epoch.",
           {"source"}, {{{snapshot.source}, Seconds(snapshot.last.ns)}}, families);
}

void AddLiveStatus(const Snapshot& snapshot, Families& families) {
  if (snapshot.live == nullptr) return;
  const LiveStatus& live = *snapshot.live;
  uint64_t backlog = 0;
  for (const CaptureStats& queue : snapshot.queues) backlog += queue.backlog;
  AddGauge("frames_backlog", "Frames that waited in the source's queues to be read.", {},
           {{{}, static_cast<double>(backlog)}}, families);
  AddGauge("capture_lag_seconds",
           "How far behind the clock the slowest worker was; an idle one is up to 0.05 s behind.",
           {"source"}, {{{snapshot.source}, live.lag_seconds}}, families);
  AddInterfaces(live, families);
  AddWorkers(live, families);
  if (live.events.has_value()) AddEvents(*live.events, families);
  AddAlertmanagers(live, families);
  AddRemoteWrites(live, families);
  MetricBuilder sandbox("sandbox", "Whether a protection of the process is in force.",
                        MetricType::Gauge, {"feature"});
  for (const LiveStatus::Protection& protection : live.sandbox) {
    sandbox.Add({std::string(protection.feature)}, protection.active ? 1 : 0);
  }
  sandbox.MoveTo(families);
}

}  // namespace rcodescope
