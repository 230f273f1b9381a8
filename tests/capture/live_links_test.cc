// Hard cases 31 and 55: interfaces that go down, or away, and come back.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/capture/live_fixture.h"

namespace rcodescope {
namespace {

using std::chrono::milliseconds;

constexpr uid_t kNobody = 65'534;

// The calling thread alone becomes nobody; the C library's functions would change all threads.
void BecomeNobody() {
  if (syscall(SYS_setresgid, kNobody, kNobody, kNobody) != 0 ||
      syscall(SYS_setresuid, kNobody, kNobody, kNobody) != 0 ||
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    std::perror("BecomeNobody");
    std::abort();
  }
}

bool MayOpenPacketSocket() {
  const int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  if (fd >= 0) close(fd);
  return fd >= 0;
}

TEST_F(LiveTest, WithoutPrivilegesItCannotBeOpened) {
  absl::Status status;
  std::thread([&] {
    BecomeNobody();
    status = OpenAfPacket({.interfaces = {"tap"}}).status();
  }).join();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_NE(status.message().find("CAP_NET_RAW"), std::string::npos) << status;
}

class LiveLinks : public LiveTest, public testing::WithParamInterface<size_t> {};
INSTANTIATE_TEST_SUITE_P(Queues, LiveLinks, testing::Values(1, 2));

TEST_P(LiveLinks, DownAndUpIsAGapAndTheCaptureGoesOn) {
  const auto capture = Open({.queues = GetParam()});
  ASSERT_NE(capture, nullptr);
  EXPECT_TRUE(capture->interfaces()[0].up);
  QueueRunner runner(*capture);
  FrameSender sender("wire");
  ASSERT_TRUE(sender.Send(NumberedFrame(1)));
  ASSERT_TRUE(WaitFor([&] { return runner.seen() == 1; }));

  const auto before_down = SteadyClock::now();
  network_->SetUp("tap", false);
  ASSERT_TRUE(WaitFor([&] { return !capture->interfaces()[0].up; }));
  const auto known_down = SteadyClock::now();
  EXPECT_EQ(capture->interfaces()[0].gaps, 1u);
  EXPECT_EQ(capture->interfaces()[0].gap.count(), 0) << "it has not ended";
  const auto before_up = SteadyClock::now();
  network_->SetUp("tap", true);
  ASSERT_TRUE(WaitFor([&] { return capture->interfaces()[0].up; }));
  const auto known_up = SteadyClock::now();
  EXPECT_GE(capture->interfaces()[0].gap, before_up - known_down);
  EXPECT_LE(capture->interfaces()[0].gap, known_up - before_down);

  ASSERT_TRUE(WaitFor([&] { return sender.Send(NumberedFrame(2)); }));
  EXPECT_TRUE(WaitFor([&] { return runner.seen() == 2; }));
  runner.Stop();
  EXPECT_EQ(runner.residual(), 0);
}

TEST_P(LiveLinks, DeletedAndMadeAnewItIsTakenUpAgainWithoutPrivileges) {
  const int times = std::getenv("RCODESCOPE_LONG_TESTS") != nullptr ? 50 : 5;
  const auto capture = Open({.queues = GetParam()});
  ASSERT_NE(capture, nullptr);
  std::atomic<int> privileged{0};
  const auto begin = [&] {
    BecomeNobody();
    privileged += MayOpenPacketSocket() ? 1 : 0;
  };
  QueueRunner runner(*capture, {.begin = begin});
  uint64_t sent = 0;
  milliseconds slowest{0};
  const auto send_one = [&] {
    FrameSender sender("wire");
    if (sender.Send(NumberedFrame(static_cast<uint32_t>(sent)))) ++sent;
  };
  send_one();
  ASSERT_TRUE(WaitFor([&] { return runner.seen() == 1; }));
  for (int i = 0; i < times; ++i) {
    SCOPED_TRACE(i);
    const uint64_t seen = runner.seen();
    network_->Delete("tap");
    const auto deleted = SteadyClock::now();
    ASSERT_TRUE(WaitFor([&] { return !capture->interfaces()[0].up; }));
    network_->AddCable("tap", "wire");
    const auto made = SteadyClock::now();
    ASSERT_TRUE(WaitFor([&] {
      send_one();
      return runner.seen() > seen;
    }));
    const auto now = SteadyClock::now();
    slowest = std::max(slowest, std::chrono::duration_cast<milliseconds>(now - made));
    EXPECT_LE(now - made, std::chrono::seconds(2));
    EXPECT_EQ(capture->interfaces()[0].gaps, static_cast<uint64_t>(i + 1));
    EXPECT_LE(capture->interfaces()[0].gap.count(), (now - deleted).count() * (i + 1) * 100);
  }
  // No frame more is lost once it has been taken up.
  const uint64_t seen = runner.seen();
  FrameSender sender("wire");
  for (uint32_t i = 0; i < 1000; ++i) ASSERT_TRUE(sender.Send(NumberedFrame(i)));
  EXPECT_TRUE(WaitFor([&] { return runner.seen() >= seen + 1000; }));
  runner.Stop();
  EXPECT_EQ(privileged, 0) << "the threads were nobody";
  EXPECT_EQ(runner.residual(), 0);
  EXPECT_EQ(runner.dropped(), 0u);
  EXPECT_LE(runner.seen(), sent + 1000);
  std::printf("%zu queues: %d of %d taken up again, the slowest within %ld ms\n", GetParam(), times,
              times, slowest.count());
}

TEST_P(LiveLinks, OfTwoInterfacesOneGoesAndTheOtherIsNotDisturbed) {
  network_->AddCable("tap2", "wire2");
  const auto capture = Open({.interfaces = {"tap", "tap2"}, .queues = GetParam()});
  ASSERT_NE(capture, nullptr);
  QueueRunner runner(*capture);
  network_->Delete("tap");
  ASSERT_TRUE(WaitFor([&] { return !capture->interfaces()[0].up; }));
  EXPECT_TRUE(capture->interfaces()[1].up);
  FrameSender sender("wire2");
  for (uint32_t i = 0; i < 100; ++i) ASSERT_TRUE(sender.Send(NumberedFrame(i)));
  EXPECT_TRUE(WaitFor([&] { return runner.seen() == 100; }));
  network_->AddCable("tap", "wire");
  ASSERT_TRUE(WaitFor([&] { return capture->interfaces()[0].up; }));
  ASSERT_TRUE(FrameSender("wire").Send(NumberedFrame(7)));
  EXPECT_TRUE(WaitFor([&] { return runner.seen() == 101; }));
  runner.Stop();
  EXPECT_EQ(runner.residual(), 0);
  EXPECT_EQ(capture->interfaces()[1].gaps, 0u);
}

}  // namespace
}  // namespace rcodescope
