// The protocol of sd_notify(3), on sockets as a service manager has them.
#include "app/service_notifier.h"

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace rcodescope {
namespace {

constexpr std::chrono::seconds kDeadline{30};

// The manager's end. `name` as $NOTIFY_SOCKET has it.
class Manager {
 public:
  explicit Manager(const std::string& name) : name_(name) {
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Manager() {
    unsetenv("NOTIFY_SOCKET");
    close(fd_);
    if (name_[0] == '/') unlink(name_.c_str());
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // What waits, without waiting for it.
  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    char text[256];
    for (ssize_t size; (size = recv(fd_, text, sizeof(text), MSG_DONTWAIT)) >= 0;) {
      told.emplace_back(text, static_cast<size_t>(size));
    }
    return told;
  }

 private:
  std::string name_;
  int fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

std::string Name() { return "/rcodescope-notify-" + std::to_string(getpid()); }

class ServiceNotifierTest : public ::testing::Test {
 protected:
  ServiceNotifierTest() { Forget(); }
  ~ServiceNotifierTest() override { Forget(); }

 private:
  static void Forget() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }
};

using Words = std::vector<std::string>;

TEST_F(ServiceNotifierTest, TellsAtAPathAndAtAnAbstractName) {
  for (const std::string& name : {"/tmp" + Name(), "@" + Name()}) {
    SCOPED_TRACE(name);
    const Manager manager(name);
    ServiceNotifier notifier;
    EXPECT_EQ(notifier.problem(), "");
    EXPECT_EQ(manager.Told(), Words{});
    notifier.Ready();
    notifier.Alive();  // which nobody asked for
    notifier.Stopping();
    EXPECT_EQ(manager.Told(), (Words{"READY=1", "STOPPING=1"}));
    EXPECT_EQ(notifier.LookMs(500), 500);
  }
}

TEST_F(ServiceNotifierTest, WithoutAManagerNothingHappens) {
  setenv("WATCHDOG_USEC", "1000", 1);
  ServiceNotifier notifier;
  EXPECT_EQ(notifier.problem(), "");
  notifier.Ready();
  notifier.Alive();
  EXPECT_EQ(notifier.LookMs(500), 500);
}

TEST_F(ServiceNotifierTest, TheWatchdogHearsTwiceInItsTime) {
  const Manager manager("@" + Name());
  setenv("WATCHDOG_USEC", "200000", 1);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  const auto begin = std::chrono::steady_clock::now();
  ServiceNotifier notifier;
  EXPECT_EQ(notifier.LookMs(500), 50);
  EXPECT_EQ(notifier.LookMs(20), 20);
  Words told;
  while (told.size() < 3 && std::chrono::steady_clock::now() - begin < kDeadline) {
    notifier.Alive();
    for (const std::string& word : manager.Told()) told.push_back(word);
  }
  EXPECT_EQ(told, Words(3, "WATCHDOG=1"));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(300));
}

TEST_F(ServiceNotifierTest, AWatchdogOfAnotherProcessIsNotOurs) {
  const Manager manager("@" + Name());
  setenv("WATCHDOG_USEC", "1", 1);
  setenv("WATCHDOG_PID", "1", 1);
  ServiceNotifier notifier;
  notifier.Alive();
  EXPECT_EQ(manager.Told(), Words{});
  EXPECT_EQ(notifier.LookMs(500), 500);
}

TEST_F(ServiceNotifierTest, AManagerThatDoesNotListenHoldsNothingUpAndHearsOfItLater) {
  const Manager manager("@" + Name());
  ServiceNotifier notifier;
  // Far more than any queue holds: a call that blocks would never come back.
  for (int i = 0; i < 100'000; ++i) notifier.Ready();
  notifier.Stopping();
  Words told = manager.Told();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back(), "READY=1");
  notifier.Alive();
  EXPECT_EQ(manager.Told(), Words{"STOPPING=1"});
}

TEST_F(ServiceNotifierTest, WhatCannotBeUsedIsTold) {
  const std::string absent = "/tmp" + Name() + "-absent";
  struct Row {
    std::string socket;
    const char* watchdog;
    std::string problem;
  };
  const Manager manager("@" + Name());
  for (const Row& row : {
           Row{absent, "1", "NOTIFY_SOCKET \"" + absent + "\": No such file or directory"},
           Row{"vsock:2:1234", "1",
               "NOTIFY_SOCKET is neither a path nor an abstract name: \"vsock:2:1234\""},
           Row{"@" + Name(), "soon", "WATCHDOG_USEC is no time in microseconds: \"soon\""},
           Row{"@" + Name(), "0", "WATCHDOG_USEC is no time in microseconds: \"0\""},
       }) {
    setenv("NOTIFY_SOCKET", row.socket.c_str(), 1);
    setenv("WATCHDOG_USEC", row.watchdog, 1);
    ServiceNotifier notifier;
    EXPECT_EQ(notifier.problem(), row.problem);
    notifier.Ready();  // harmless
  }
  setenv("NOTIFY_SOCKET", ("/" + std::string(107, 'x')).c_str(), 1);
  EXPECT_NE(ServiceNotifier().problem(), "");  // no room in a sockaddr_un
}

}  // namespace
}  // namespace rcodescope
