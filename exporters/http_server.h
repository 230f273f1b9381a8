// The HTTP side: metrics page, report, health. Read only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "aggregate/snapshot.h"

namespace rcodescope {

// Serves GET and HEAD of
//
//   /                the HTML report, which asks for the JSON report and the errors again and again
//   /metrics         the last snapshot's metrics page
//   /api/v1/report   the last snapshot's JSON report
//   /api/v1/errors   whose errors are whose and when, of the same, see error_json.h
//   /api/v1/spikes   the spikes of the last snapshot, or those published since
//   /-/healthy       200 as long as the server runs
//   /-/ready         200 once a snapshot was published, 503 before
//
// Metrics and report are 503 before the first Publish, and gzip where the client takes it. Another
// path is 404, another method 405.
//
// One thread of its own serves all connections by epoll: a request that stalls delays no other.
// At most 512 connections; one without traffic for 30 s is closed. A body is rendered when it is
// first asked for, once per snapshot, and shared by all who read it; a reader that began with an
// old body gets it whole.
class HttpServer {
 public:
  // Listens on "ADDRESS:PORT", "[IPv6]:PORT"; addresses are numeric, port 0 lets the system choose.
  // `version` goes into build_info. InvalidArgument: not such an address. PermissionDenied,
  // Unavailable: the system refuses it, with its reason.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Listen(const std::string& address_and_port,
                                                            std::string version);

  // Listen in two steps. Bind takes the port and starts no thread: a client that connects waits for
  // Start. To be started once; Unavailable: the system refuses the thread.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Bind(const std::string& address_and_port,
                                                          std::string version);
  absl::Status Start();

  // Stops accepting, gives replies under way up to 300 ms to end, and closes.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Replaces the snapshot that is served; not null. Any thread; never waits for a rendering.
  void Publish(SnapshotPtr snapshot);

  // Replaces the spikes of the last snapshot, until the next; not null. Any thread.
  void PublishSpikes(std::shared_ptr<const SpikeReport> spikes);

  // The port that is listened on.
  uint16_t port() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace rcodescope
