#include "exporters/write_request.h"

#include <bit>
#include <utility>

#include <snappy.h>

namespace rcodescope {
namespace {

constexpr uint64_t kSamplesPerRequest = 2'000;            // as Prometheus sends them
constexpr uint64_t kStaleMarker = 0x7ff0'0000'0000'0002;  // Prometheus, value.StaleNaN
constexpr size_t kSampleBytes = 32;                       // more than a Sample takes

// Fields of prompb/remote.proto and types.proto with their wire types (protobuf.dev, Encoding):
// number << 3 | type, 0 a varint, 1 eight bytes, 2 a length and bytes.
constexpr char kTimeSeries = 1 << 3 | 2;  // WriteRequest.timeseries
constexpr char kLabel = 1 << 3 | 2;       // TimeSeries.labels
constexpr char kSample = 2 << 3 | 2;      // TimeSeries.samples
constexpr char kName = 1 << 3 | 2;        // Label.name
constexpr char kText = 2 << 3 | 2;        // Label.value
constexpr char kValue = 1 << 3 | 1;       // Sample.value
constexpr char kTime = 2 << 3 | 0;        // Sample.timestamp

void AppendVarint(std::string& out, uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

void AppendBytes(std::string& out, char field, std::string_view bytes) {
  out += field;
  AppendVarint(out, bytes.size());
  out += bytes;
}

std::string EncodeSample(const WriteSample& sample) {
  std::string bytes;
  bytes.reserve(kSampleBytes);
  uint64_t bits = sample.value ? std::bit_cast<uint64_t>(*sample.value) : kStaleMarker;
  bytes += kValue;
  for (int i = 0; i < 8; ++i, bits >>= 8) bytes += static_cast<char>(bits);
  bytes += kTime;
  AppendVarint(bytes, static_cast<uint64_t>(sample.ms));
  return bytes;
}

}  // namespace

std::string EncodeLabels(const std::string& name,
                         const std::vector<prometheus::ClientMetric::Label>& own,
                         const CommonLabels& common) {
  std::map<std::string_view, std::string_view> labels{{"__name__", name}};
  for (const auto& label : own) labels.emplace(label.name, label.value);
  for (const auto& [label, value] : common) labels.emplace(label, value);
  std::string bytes;
  std::string pair;
  for (const auto& [label, value] : labels) {
    if (value.empty()) continue;
    pair.clear();
    AppendBytes(pair, kName, label);
    AppendBytes(pair, kText, value);
    AppendBytes(bytes, kLabel, pair);
  }
  return bytes;
}

void WriteRequestMaker::Add(std::string_view labels, const WriteSample& sample) {
  std::string series(labels);
  AppendBytes(series, kSample, EncodeSample(sample));
  AppendBytes(message_, kTimeSeries, series);
  if (++samples_ == kSamplesPerRequest) Flush();
}

void WriteRequestMaker::Flush() {
  if (samples_ == 0) return;
  WriteRequest request{.samples = std::exchange(samples_, 0)};
  snappy::Compress(message_.data(), message_.size(), &request.body);
  message_.clear();
  sink_(std::move(request));
}

bool IsWholeRequest(std::string_view body) {
  return snappy::IsValidCompressedBuffer(body.data(), body.size());
}

}  // namespace rcodescope
