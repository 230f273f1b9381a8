// What the most expensive messages that we know cost: Google Benchmark, beside a plain sum over the
// bytes of the same buffer. The column `sums` is the one divided by the other.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "parse/dns_message.h"

namespace rcodescope {
namespace {

using Message = std::vector<std::byte>;

constexpr size_t kDatagram = 1'472;  // of an Ethernet frame
constexpr size_t kLongest = 65'535;  // TCP, RFC 1035 §4.2.2

void Put16(Message& message, size_t value) {
  message.push_back(static_cast<std::byte>(value >> 8));
  message.push_back(static_cast<std::byte>(value & 255));
}

void PatchU16(Message& message, size_t at, size_t value) {
  message[at] = static_cast<std::byte>(value >> 8);
  message[at + 1] = static_cast<std::byte>(value & 255);
}

// A name of 127 labels of one octet: the slowest to walk.
void PutLongName(Message& message, uint8_t last = 'a') {
  for (int label = 0; label < 127; ++label) {
    message.push_back(std::byte{1});
    message.push_back(label == 126 ? static_cast<std::byte>(last) : std::byte{'A'});
  }
  message.push_back(std::byte{0});
}

// A response with one question: the long name, or the root.
Message Begin(bool long_question) {
  Message message;
  for (const unsigned word : {0x1234U, 0x8180U, 1U, 0U, 0U, 0U}) Put16(message, word);
  if (long_question) {
    PutLongName(message);
  } else {
    message.push_back(std::byte{0});
  }
  Put16(message, 1);
  Put16(message, 1);
  return message;
}

void PutFields(Message& message, size_t type, size_t rdlength) {
  Put16(message, type);
  Put16(message, 1);
  Put16(message, 0);
  Put16(message, 0);
  Put16(message, rdlength);
}

// As many additional records without data as there is room for, each owned by the root.
Message SmallRecords(size_t size) {
  Message message = Begin(false);
  size_t count = 0;
  for (; message.size() + 11 <= size; ++count) {
    message.push_back(std::byte{0});
    PutFields(message, 1, 0);
  }
  PatchU16(message, 10, count);
  return message;
}

// One OPT full of options without data.
Message SmallOptions(size_t size) {
  Message message = Begin(false);
  message.push_back(std::byte{0});
  const size_t room = (size - message.size() - 10) / 4 * 4;
  PutFields(message, 41, room);
  for (size_t at = 0; at < room; at += 4) {
    Put16(message, 9);
    Put16(message, 0);
  }
  PatchU16(message, 10, 1);
  return message;
}

// Records whose owners are long names.
Message LongOwners(size_t size) {
  Message message = Begin(true);
  size_t count = 0;
  for (; message.size() + 255 + 10 <= size; ++count) {
    PutLongName(message);
    PutFields(message, 2, 0);
  }
  PatchU16(message, 8, count);
  return message;
}

// CNAMEs whose owners and targets are the same long name, each written out.
Message CnameChain(size_t size) {
  Message message = Begin(true);
  size_t count = 0;
  for (; message.size() + 2 * 255 + 10 <= size; ++count) {
    PutLongName(message);
    PutFields(message, 5, 255);
    PutLongName(message);
  }
  PatchU16(message, 6, count);
  return message;
}

// Pointers to pointers in the data of one record, and then owners that lead there.
Message PointerChain(size_t size) {
  Message message = Begin(false);
  message.push_back(std::byte{0});
  const size_t data = std::min<size_t>(size / 2, 0x3000) / 2 * 2;
  PutFields(message, 1, data);
  size_t target = 12;
  for (size_t i = 0; i < data; i += 2) {
    const size_t here = message.size();
    Put16(message, 0xc000 | target);
    target = here;
  }
  size_t count = 1;
  for (; message.size() + 12 + 2 <= size; ++count) {
    Put16(message, 0xc000 | target);
    PutFields(message, 5, 2);
    Put16(message, 0xc000 | target);
  }
  PatchU16(message, 6, count);
  return message;
}

uint64_t Sum(const Message& message) {
  uint64_t sum = 0;
  for (const std::byte byte : message) {
    sum += std::to_integer<uint64_t>(byte);
    benchmark::DoNotOptimize(sum);  // byte by byte: the measure is not what a vector unit can do
  }
  return sum;
}

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

void Decode(benchmark::State& state, const Message& message) {
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
      SecondsOf(decode) / SecondsOf([&] { benchmark::DoNotOptimize(Sum(message)); });
}

void RegisterAll() {
  const std::pair<const char*, Message (*)(size_t)> kinds[] = {
      {"small_records", SmallRecords}, {"small_options", SmallOptions}, {"long_owners", LongOwners},
      {"cname_chain", CnameChain},     {"pointer_chain", PointerChain},
  };
  for (const auto& [name, make] : kinds) {
    for (const size_t size : {kDatagram, kLongest}) {
      benchmark::RegisterBenchmark(
          (std::string(name) + "/" + std::to_string(size)).c_str(),
          [message = make(size)](benchmark::State& state) { Decode(state, message); });
    }
  }
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  rcodescope::RegisterAll();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
