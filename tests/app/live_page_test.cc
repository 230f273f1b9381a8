// What is published and logged when a live capture's state changes between two epochs.
#include "app/live_page.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace rcodescope {
namespace {

constexpr std::chrono::seconds kDeadline{30};

// Interfaces that a test moves; no frames.
class StillCapture final : public LiveCapture {
 public:
  size_t queues() const override { return 0; }
  PacketSource& queue(size_t /*index*/) override { std::abort(); }
  void Stop() override {}
  std::vector<InterfaceStatus> interfaces() const override { return status; }

  std::vector<InterfaceStatus> status = {{.name = "eth1"}, {.name = "eth2"}};
};

std::vector<std::unique_ptr<WorkerMeter>> TwoMeters() {
  std::vector<std::unique_ptr<WorkerMeter>> meters(2);
  for (auto& meter : meters) meter = std::make_unique<WorkerMeter>();
  return meters;
}

class LivePageTest : public ::testing::Test {
 protected:
  ~LivePageTest() override { std::fclose(log_file_); }

  std::string Log() {
    std::string text(4096, '\0');
    text.resize(static_cast<size_t>(pread(fileno(log_file_), text.data(), text.size(), 0)));
    return text;
  }

  StillCapture capture_;
  std::vector<std::unique_ptr<WorkerMeter>> meters_ = TwoMeters();
  std::FILE* log_file_ = std::tmpfile();
  Logger logger_{{.fd = fileno(log_file_)}};
  Bell bell_;
  LivePage page_{capture_, meters_, bell_, {{"seccomp", true}}, nullptr, logger_};
};

TEST_F(LivePageTest, NothingIsPublishedBeforeTheFirstEpoch) {
  EXPECT_EQ(page_.last(), nullptr);
  capture_.status[0].up = false;
  page_.Look();
  EXPECT_EQ(page_.last(), nullptr);
}

TEST_F(LivePageTest, AnEpochBringsTheStateOfNow) {
  Snapshot snapshot;
  snapshot.response_total = 7;
  page_.Cut(std::move(snapshot));
  const SnapshotPtr last = page_.last();
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(last->response_total, 7U);
  EXPECT_EQ(last->source, "eth1,eth2");
  ASSERT_NE(last->live, nullptr);
  EXPECT_EQ(last->live->interfaces.size(), 2U);
  EXPECT_TRUE(last->live->interfaces[1].up);
  EXPECT_EQ(last->live->workers.size(), 2U);
  ASSERT_EQ(last->live->sandbox.size(), 1U);
  EXPECT_TRUE(last->live->sandbox[0].active);
  EXPECT_EQ(Log(), "");
}

TEST_F(LivePageTest, AnInterfaceThatGoesAndComesIsToldWithoutWaitingForTheEpoch) {
  Snapshot snapshot;
  snapshot.response_total = 7;
  page_.Cut(std::move(snapshot));
  const SnapshotPtr before = page_.last();
  page_.Look();
  EXPECT_EQ(page_.last(), before);  // nothing has changed
  capture_.status[1] = {.name = "eth2", .up = false, .gaps = 1};
  page_.Look();
  ASSERT_NE(page_.last(), before);
  EXPECT_EQ(page_.last()->response_total, 7U);  // the counters are those of the epoch
  EXPECT_FALSE(page_.last()->live->interfaces[1].up);
  EXPECT_NE(Log().find("an interface is down or gone\" interface=\"eth2\""), std::string::npos);
  capture_.status[1].up = true;
  capture_.status[1].gap = std::chrono::milliseconds(1500);
  page_.Look();
  EXPECT_TRUE(page_.last()->live->interfaces[1].up);
  EXPECT_NE(Log().find("gap_ms=\"1500\""), std::string::npos);
}

TEST_F(LivePageTest, AStuckWorkerIsToldAndAnnouncedWhenItGoesOn) {
  page_.Cut({});
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  while (!page_.last()->live->workers[0].stalled && std::chrono::steady_clock::now() < end) {
    meters_[1]->Poll({});  // the other one works
    page_.Look();
  }
  EXPECT_TRUE(page_.last()->live->workers[0].stalled);
  EXPECT_FALSE(page_.last()->live->workers[1].stalled);
  EXPECT_FALSE(page_.healthy());
  EXPECT_NE(Log().find("a worker is stalled\" worker=\"0\""), std::string::npos);
  meters_[0]->Poll({});
  page_.Look();
  EXPECT_FALSE(page_.last()->live->workers[0].stalled);
  EXPECT_NE(Log().find("a worker goes on\" worker=\"0\""), std::string::npos);
  EXPECT_TRUE(page_.healthy());
}

TEST_F(LivePageTest, ACollectorThatDoesNotTakeWhatIsHandedOverIsToldAndAnnouncedWhenItGoesOn) {
  for (auto& meter : meters_) meter->Finish();
  bell_.Ring();
  bell_.Heard();
  page_.Look();
  bell_.Ring();
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  while (page_.healthy() && std::chrono::steady_clock::now() < end) page_.Look();
  EXPECT_FALSE(page_.healthy());
  EXPECT_NE(Log().find("the collector is stalled"), std::string::npos);
  bell_.Heard();
  page_.Look();
  EXPECT_TRUE(page_.healthy());
  EXPECT_NE(Log().find("the collector goes on"), std::string::npos);
}

TEST_F(LivePageTest, AWorkerThatHasEndedIsNotStuck) {
  meters_[0]->Finish();
  page_.Cut({});
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  while (!page_.last()->live->workers[1].stalled && std::chrono::steady_clock::now() < end) {
    page_.Look();
  }
  EXPECT_TRUE(page_.last()->live->workers[1].stalled);
  EXPECT_FALSE(page_.last()->live->workers[0].stalled);
}

TEST_F(LivePageTest, ALossInsideTheProgramIsAnError) {
  Snapshot snapshot;
  snapshot.frames.residual = 1;
  page_.Cut(std::move(snapshot));
  EXPECT_NE(Log().find("level=error"), std::string::npos);
  EXPECT_NE(Log().find("frames=\"1\""), std::string::npos);
}

}  // namespace
}  // namespace rcodescope
