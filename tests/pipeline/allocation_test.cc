// Once it has started, the packet path allocates nothing: as many allocations for 200,000 packets
// as for 20,000. Every call by which memory is had is counted for the thread that makes it: new
// here, the C functions and mmap by the linker's --wrap (see meson.build).
#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "aggregate/collector.h"
#include "app/splitter.h"
#include "app/worker.h"
#include "capture/file_source.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"
#include "tests/support/capture_file.h"
#include "tests/support/temp_file.h"

namespace {

// Volatile, because the compiler knows that malloc changes no variable of ours.
thread_local volatile uint64_t allocations = 0;

void CountOne() { allocations = allocations + 1; }

}  // namespace

extern "C" {
// Names that --wrap gives.
void* __real_malloc(size_t size);
void* __real_calloc(size_t count, size_t size);
void* __real_realloc(void* memory, size_t size);
void* __real_mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset);
void* __real_mmap64(void* at, size_t size, int protection, int flags, int fd, off_t offset);

void* __wrap_malloc(size_t size) {
  CountOne();
  return __real_malloc(size);
}
void* __wrap_calloc(size_t count, size_t size) {
  CountOne();
  return __real_calloc(count, size);
}
void* __wrap_realloc(void* memory, size_t size) {
  CountOne();
  return __real_realloc(memory, size);
}
void* __wrap_mmap64(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  CountOne();
  return __real_mmap64(at, size, protection, flags, fd, offset);
}
void* __wrap_mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  CountOne();
  return __real_mmap(at, size, protection, flags, fd, offset);
}
}

// Not inline: of a new or a delete alone GCC sees a malloc or a free, and takes that for a mistake.
[[gnu::noinline]] void* operator new(size_t size) {
  if (void* memory = malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(size_t size, std::align_val_t alignment) {
  CountOne();
  const auto align = static_cast<size_t>(alignment);
  if (void* memory = std::aligned_alloc(align, (size + align - 1) / align * align)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace rcodescope {
namespace {

constexpr size_t kFew = 20'000;
constexpr size_t kMany = 200'000;
constexpr uint64_t kSecret = 1;

// What the calling thread allocates in `work`.
uint64_t AllocationsIn(const std::function<void()>& work) {
  const uint64_t before = allocations;
  work();
  return allocations - before;
}

// Traffic of at least `packets` frames: keys, windows and codes enough to fill deltas and hand
// them over many times.
std::vector<TimedFrame> Frames(size_t packets) {
  Traffic traffic = MakeTraffic({.exchanges = packets / 2,
                                 .clients = 3000,
                                 .servers = 50,
                                 .zones = 2000,
                                 .spacing = 300'000});
  traffic.frames.resize(packets);
  return std::move(traffic.frames);
}

// Allocations on a worker's thread that gets its frames from `source`.
uint64_t WorkerAllocations(PacketSource& source) {
  Bell bell;
  std::vector<std::unique_ptr<Shard>> shards;
  shards.push_back(std::make_unique<Shard>(bell, uint64_t{4} << 20, kSecret));
  CutBoard board(1, kSecret);
  Collector collector(
      {.key_bytes = uint64_t{16} << 20, .secret = kSecret, .board = &board, .cuts = 1000}, bell,
      shards);
  Recorder recorder({}, DefaultZones(kSecret), *shards.front(), &board);
  const PortSet ports(std::vector<uint16_t>{kDnsPort});
  const auto decoder =
      std::make_unique<Decoder>(DecoderOptions{.frames = {.dns_ports = &ports}}, recorder);
  uint64_t made = 0;
  std::thread collecting([&] { collector.Run(); });
  std::thread worker([&] { made = AllocationsIn([&] { RunWorker(source, *decoder, recorder); }); });
  worker.join();
  collecting.join();
  EXPECT_GT(collector.Build().response_total, 0U);
  return made;
}

struct alignas(128) Wide {
  std::array<char, 128> bytes;
};

TEST(Allocation, EveryKindIsSeen) {
  // Volatile, or the compiler leaves out what is had and given back at once.
  void* volatile memory = nullptr;
  uint64_t made = AllocationsIn([&] { memory = new std::array<char, 100>; });
  EXPECT_EQ(made, 1U);
  delete static_cast<std::array<char, 100>*>(memory);
  made = AllocationsIn([&] { memory = new Wide; });
  EXPECT_EQ(made, 1U);
  delete static_cast<Wide*>(memory);
  made = AllocationsIn([&] {
    memory = malloc(10);
    memory = realloc(memory, 20'000);
    free(memory);
    memory = calloc(10, 10);
    free(memory);
  });
  EXPECT_EQ(made, 3U);
  // What the program's libraries allocate is seen as well.
  made = AllocationsIn([] { const KeyCounts table(1, true, kSecret); });
  EXPECT_GT(made, 5U);
  made = AllocationsIn([] { const TableMemory table(1 << 20, true); });
  EXPECT_EQ(made, 1U);
}

TEST(Allocation, AWorkerAllocatesNothingPerPacket) {
  const std::vector<TimedFrame> few = Frames(kFew);
  const std::vector<TimedFrame> many = Frames(kMany);
  MemorySource first(few);
  MemorySource second(many);
  EXPECT_EQ(WorkerAllocations(first), 0U);
  EXPECT_EQ(WorkerAllocations(second), 0U);
}

Bytes PcapOf(const std::vector<TimedFrame>& frames) {
  Bytes file = PcapHeader();
  for (const TimedFrame& frame : frames) {
    const Bytes record = PcapRecord({.time = frame.time, .bytes = frame.bytes});
    file.insert(file.end(), record.begin(), record.end());
  }
  return file;
}

TEST(Allocation, ReadingAFileAllocatesNothingPerPacket) {
  const Bytes few = PcapOf(Frames(kFew));
  const Bytes many = PcapOf(Frames(kMany));
  for (const auto& pack :
       {std::function<Bytes(const Bytes&)>([](const Bytes& b) { return b; }),
        std::function<Bytes(const Bytes&)>(Gzip), std::function<Bytes(const Bytes&)>(Zstd)}) {
    const TempFile first_file(pack(few));
    const TempFile second_file(pack(many));
    FileSource first({.paths = {first_file.path()}});
    FileSource second({.paths = {second_file.path()}});
    const uint64_t at_start = WorkerAllocations(first);
    EXPECT_EQ(WorkerAllocations(second), at_start);
  }
}

// The thread that reads and splits, with two ways whose other ends do nothing but poll.
uint64_t SplitterAllocations(PacketSource& source) {
  const PortSet ports(std::vector<uint16_t>{kDnsPort});
  Splitter splitter(source, {.dns_ports = &ports}, 2, kNanosPerSecond, kSecret);
  std::array<uint64_t, 3> made{};
  std::vector<std::thread> threads;
  for (size_t way = 0; way < 2; ++way) {
    threads.emplace_back([&, way] {
      made[way] = AllocationsIn([&] {
        PacketBatch batch;
        while (splitter.way(way).Poll(batch) == PollResult::kPackets) {
        }
      });
    });
  }
  threads.emplace_back([&] { made[2] = AllocationsIn([&] { splitter.Run(); }); });
  for (std::thread& thread : threads) thread.join();
  return made[0] + made[1] + made[2];
}

TEST(Allocation, SplittingAllocatesNothingPerPacket) {
  const std::vector<TimedFrame> many = Frames(kMany);
  MemorySource source(many);
  EXPECT_EQ(SplitterAllocations(source), 0U);
}

}  // namespace
}  // namespace rcodescope
