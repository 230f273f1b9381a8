// Requests of Prometheus remote write 1.0 (prometheus.io/docs/specs/prw/remote_write_spec): series
// with samples as a protobuf message in Snappy's block format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <prometheus/client_metric.h>

namespace rcodescope {

// Header lines of every request.
inline constexpr const char* kWriteHeaders[] = {
    "Content-Type: application/x-protobuf", "Content-Encoding: snappy",
    "X-Prometheus-Remote-Write-Version: 0.1.0", "User-Agent: rcodescope"};

// Labels that all series get, by name. Where a series has one of that name, its own stays.
using CommonLabels = std::map<std::string, std::string>;

// The labels of a series, its name among them, as bytes of a TimeSeries message: sorted by name, no
// empty value, as the specification wants them. Equal labels give equal bytes.
std::string EncodeLabels(const std::string& name,
                         const std::vector<prometheus::ClientMetric::Label>& own,
                         const CommonLabels& common);

struct WriteSample {
  int64_t ms = 0;               // since 1970
  std::optional<double> value;  // empty: the series ends here (a staleness marker)
};

struct WriteRequest {
  std::string body;  // packed
  uint64_t samples = 0;
};

using WriteRequestSink = std::function<void(WriteRequest)>;

// Requests from samples, which are to be in order of time for each series. One thread.
class WriteRequestMaker {
 public:
  explicit WriteRequestMaker(WriteRequestSink sink) : sink_(std::move(sink)) {}

  // `labels`: as EncodeLabels has them.
  void Add(std::string_view labels, const WriteSample& sample);
  // Gives out what is left.
  void Flush();

 private:
  const WriteRequestSink sink_;
  std::string message_;  // a WriteRequest in the making
  uint64_t samples_ = 0;
};

// Whether these can be the bytes of a request: all of them are there.
bool IsWholeRequest(std::string_view body);

}  // namespace rcodescope
