// What crosses threads, under load; meant for ThreadSanitizer as well.
#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "aggregate/collector.h"
#include "aggregate/recorder.h"
#include "aggregate/shard.h"
#include "aggregate/spsc_ring.h"
#include "tests/aggregate/names.h"

namespace rcodescope {
namespace {

TEST(SpscRing, IsFullAndEmptyWhenItSays) {
  SpscRing<int, 4> ring;
  EXPECT_EQ(ring.TryPop(), std::nullopt);
  for (int lap = 0; lap < 3; ++lap) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.TryPush(i));
    EXPECT_FALSE(ring.TryPush(4));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(ring.TryPop(), i);
    EXPECT_EQ(ring.TryPop(), std::nullopt);
  }
}

template <uint32_t kSize>
void PassThrough(uint64_t count) {
  SpscRing<uint64_t*, kSize> ring;
  std::vector<uint64_t> values(count);
  std::thread producer([&] {
    for (uint64_t i = 0; i < count; ++i) {
      values[i] = i + 1;  // to be seen by whoever gets the pointer
      ring.Push(&values[i]);
    }
  });
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t* value = ring.Pop();
    if (value != &values[i] || *value != i + 1) ++wrong;
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(ring.TryPop(), std::nullopt);
}

TEST(SpscRing, NothingIsLostOrSwappedBetweenTwoThreads) {
  PassThrough<1>(20'000);
  PassThrough<2>(20'000);
  PassThrough<16>(200'000);
}

// A delta that knows who may touch it.
struct Parcel {
  std::vector<uint64_t> numbers;
};

TEST(DeltaPool, EachParcelArrivesOnceAndIsEmptyWhenTaken) {
  constexpr uint64_t kParcels = 20'000;
  constexpr uint64_t kEach = 7;
  Bell bell;
  DeltaPool<Parcel, 2> pool;
  SpscRing<Parcel*, 2> full;
  std::atomic<bool> finished{false};
  uint64_t not_empty = 0;
  std::thread worker([&] {
    uint64_t next = 0;
    for (uint64_t i = 0; i < kParcels; ++i) {
      Parcel* parcel = pool.Take();
      if (!parcel->numbers.empty()) ++not_empty;
      for (uint64_t k = 0; k < kEach; ++k) parcel->numbers.push_back(next++);
      full.Push(parcel);
      bell.Ring();
    }
    finished.store(true);
    bell.Ring();
  });
  uint64_t expected = 0;
  uint64_t wrong = 0;
  for (bool done = false; !done;) {
    const uint32_t heard = bell.Heard();
    done = finished.load();
    bool any = false;
    while (Parcel* parcel = full.TryPop().value_or(nullptr)) {
      for (const uint64_t number : parcel->numbers) wrong += number != expected++ ? 1U : 0U;
      parcel->numbers.clear();
      pool.Return(parcel);
      any = true;
    }
    if (!any && !done) bell.Wait(heard);
  }
  worker.join();
  EXPECT_EQ(expected, kParcels * kEach);
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(not_empty, 0U);
}

TEST(Collector, HasPagesOfEachDimensionWhereSomebodyReadsThem) {
  for (const int64_t tenure : {0, 1}) {
    Bell bell;
    Collector collector({.secret = 1, .tenure = tenure}, bell, {});
    const Snapshot snapshot = collector.Build();
    for (size_t i = 0; i < kDimensions; ++i) {
      EXPECT_EQ(snapshot.exported[i].has_value(), tenure != 0) << kDimensionNames[i];
    }
  }
}

// Workers whose tables are so small and windows so short that they hand over all the time.
TEST(Collector, EverythingOfManyWorkersArrives) {
  constexpr size_t kWorkers = 3;
  constexpr uint64_t kMessages = 30'000;
  constexpr uint64_t kEach = 25;  // a second
  static_assert(kEach <= ObservationBatch::kCapacity);
  constexpr uint64_t kSecret = 1;
  Bell bell;
  std::vector<std::unique_ptr<Shard>> shards;
  for (size_t i = 0; i < kWorkers; ++i) shards.push_back(std::make_unique<Shard>(bell, 1, kSecret));
  Collector collector({.key_bytes = uint64_t{16} << 20, .top = 10'000, .secret = kSecret}, bell,
                      shards);
  const ZonePolicy zones = ZonePolicy::ByLabels(1);
  std::vector<std::thread> workers;
  for (size_t i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&, i] {
      Recorder recorder({.window = kNanosPerSecond}, zones, *shards[i]);
      const auto batch = std::make_unique<ObservationBatch>();
      for (uint64_t message = 0; message < kMessages; ++message) {
        Observation& seen = batch->Add();
        seen.is_response = true;
        seen.rcode = {RcodeSpace::kDns, static_cast<uint16_t>(message % 30)};
        const uint64_t client = message % 2000 * kWorkers + i;
        seen.server = seen.client = IpAddress{};
        std::memcpy(seen.client.bytes.data(), &client, sizeof(client));
        if (batch->size() < kEach) continue;
        recorder.Advance({static_cast<int64_t>(message / kEach) * kNanosPerSecond}, {});
        recorder.Consume(*batch);
        batch->Clear();
      }
      recorder.Finish({});
    });
  }
  std::thread collecting([&] { collector.Run(); });
  for (std::thread& worker : workers) worker.join();
  collecting.join();

  const Snapshot snapshot = collector.Build();
  EXPECT_EQ(snapshot.response_total, kWorkers * kMessages);
  const DimensionCount& clients = snapshot.dimensions[static_cast<size_t>(Dimension::kClient)];
  EXPECT_EQ(clients.tracked, 2000 * kWorkers);
  EXPECT_EQ(clients.overflow_responses, 0U);
  for (const KeyCount& client : clients.top) EXPECT_EQ(client.responses, kMessages / 2000);
  EXPECT_EQ(snapshot.series.steps, kMessages / kEach);
  for (const auto& [rcode, steps] : snapshot.series.rcodes) {
    EXPECT_EQ(std::accumulate(steps.begin(), steps.end(), uint64_t{0}), kWorkers * kMessages / 30);
  }
}

// A window goes on when its worker's table of keys is full; the next one numbers them anew.
TEST(Recorder, KeepsServersAndZonesApartWhenKeysAreHandedOverWithinAWindow) {
  constexpr uint32_t kClients = 768;  // of the smallest table
  const OwnedName names[] = {OwnedName("one.example"), OwnedName("other.example")};
  Bell bell;
  Shard shard(bell, /*key_bytes=*/1, /*secret=*/1);
  const ZonePolicy zones = ZonePolicy::ByLabels(2);
  Recorder recorder({.window = kNanosPerSecond}, zones, shard);
  recorder.Advance({0}, {});
  const auto batch = std::make_unique<ObservationBatch>();
  const auto answer = [&](uint8_t server, uint32_t client) {
    Observation& seen = batch->Add();
    seen.is_response = true;
    seen.rcode = {RcodeSpace::kDns, kRcodeServFail};
    seen.qname = names[server].ref();
    seen.server = seen.client = IpAddress{};
    seen.server.bytes[0] = server;
    std::memcpy(seen.client.bytes.data(), &client, sizeof(client));
    recorder.Consume(*batch);
    batch->Clear();
  };
  answer(0, 0);
  for (uint32_t client = 0; client < kClients; ++client) answer(1, client);
  for (int i = 0; i < 3; ++i) answer(1, kClients);
  answer(0, kClients);
  recorder.Finish({});

  std::map<uint8_t, uint64_t> servers;
  std::map<std::string, uint64_t> errors;
  size_t tables = 0;
  for (; const Delivery* const delivery = shard.Front(); shard.Pop()) {
    tables += delivery->keys != nullptr ? 1U : 0U;
    if (delivery->window == nullptr) continue;
    const WindowKeys& keys = delivery->window->keys;
    keys.ForEachServer(
        [&](const IpAddress& server, Rcode, uint64_t count) { servers[server.bytes[0]] += count; });
    keys.ForEachError([&](const ErrorKeys& error, uint64_t count) {
      errors[PresentationForm(keys.ZoneName(error.zone))] += count;
    });
  }
  EXPECT_EQ(tables, 2U);
  EXPECT_EQ(servers, (std::map<uint8_t, uint64_t>{{0, 2}, {1, kClients + 3}}));
  EXPECT_EQ(errors, (std::map<std::string, uint64_t>{{"one.example.", 2},
                                                     {"other.example.", kClients + 3}}));
}

// What `worker` counts with a recorder of its own.
template <typename Worker>
Snapshot Collected(const RecorderOptions& options, Worker worker) {
  constexpr uint64_t kSecret = 1;
  Bell bell;
  std::vector<std::unique_ptr<Shard>> shards;
  shards.push_back(std::make_unique<Shard>(bell, 1, kSecret));
  Collector collector({.key_bytes = uint64_t{1} << 20, .secret = kSecret}, bell, shards);
  std::thread collecting([&] { collector.Run(); });
  const ZonePolicy zones = ZonePolicy::ByLabels(1);
  Recorder recorder(options, zones, *shards[0]);
  worker(recorder);
  collecting.join();
  return collector.Build();
}

constexpr Rcode kServFail{RcodeSpace::kDns, kRcodeServFail};

TEST(Collector, ExtendedErrorsOfAllWindowsAddUp) {
  constexpr int64_t kWindows = 5;
  const Snapshot snapshot = Collected({}, [](Recorder& recorder) {
    const auto batch = std::make_unique<ObservationBatch>();
    Observation& seen = batch->Add();
    seen.is_response = true;
    seen.rcode = kServFail;
    seen.ede.size = 2;  // RFC 8914 §4.10 and §4.23
    seen.ede.codes[0] = 9;
    seen.ede.codes[1] = 22;
    for (int64_t second = 0; second < kWindows; ++second) {
      recorder.Advance({second * kNanosPerSecond}, {});
      recorder.Consume(*batch);
    }
    recorder.Finish({});
  });
  ASSERT_EQ(snapshot.ede.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(snapshot.ede[i].info_code, i == 0 ? 9 : 22);
    EXPECT_EQ(snapshot.ede[i].rcode, kServFail);
    EXPECT_EQ(snapshot.ede[i].count, kWindows);
  }
}

// Of 125 frames of each epoch the kernel dropped 25.
TEST(Collector, ASpikeTellsWhichPartOfTheFramesWasSeen) {
  const int64_t epoch = 5 * kNanosPerSecond;
  const Snapshot snapshot = Collected({.epoch = epoch}, [](Recorder& recorder) {
    const auto batch = std::make_unique<ObservationBatch>();
    while (!batch->full()) {
      Observation& seen = batch->Add();
      seen.is_response = true;
      seen.rcode = kServFail;
    }
    WorkerLedger ledger;
    for (int64_t second = 0; second < 60; ++second) {
      recorder.Advance({second * kNanosPerSecond}, ledger);
      recorder.Consume(*batch);
      ledger.source.seen += 20;
      ledger.source.dropped[static_cast<size_t>(DropStage::kKernel)] = (second + 1) * 5;
    }
    recorder.Finish(ledger);
  });
  ASSERT_EQ(snapshot.spikes.spikes.size(), 1U);
  EXPECT_NEAR(snapshot.spikes.spikes[0].completeness, 0.8, 1e-9);
}

}  // namespace
}  // namespace rcodescope
