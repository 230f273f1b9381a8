// What the most expensive messages cost: Google Benchmark, beside a plain sum over the bytes of the
// same buffer. The column `sums` is the one divided by the other.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>

#include <benchmark/benchmark.h>

#include "bench/adversarial_messages.h"
#include "parse/dns_message.h"

namespace rcodescope {
namespace {

double SecondsOf(const std::function<void()>& work) {
  constexpr int kTimes = 200;
  double best = 1;
  for (int round = 0; round < 5; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kTimes; ++i) work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count() / kTimes);
  }
  return best;
}

void Decode(benchmark::State& state, std::span<const std::byte> message) {
  const auto batch = std::make_unique<ObservationBatch>();
  AnomalyCounts anomalies{};
  const auto decode = [&] {
    batch->Clear();
    DecodeMessage(Cursor(message, message.size()), Low4Reason::kSnapLength, batch->Add(), *batch,
                  anomalies);
    benchmark::DoNotOptimize(batch->observations().data());
  };
  for (auto _ : state) decode();
  state.counters["bytes"] = static_cast<double>(message.size());
  state.counters["sums"] =
      SecondsOf(decode) / SecondsOf([&] { benchmark::DoNotOptimize(ByteSum(message)); });
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const auto messages = rcodescope::AdversarialMessages();
  for (const auto& message : messages) {
    benchmark::RegisterBenchmark(message.name.c_str(), [&message](benchmark::State& state) {
      rcodescope::Decode(state, message.bytes);
    });
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
