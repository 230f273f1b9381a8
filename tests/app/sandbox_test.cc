// What a process in the sandbox can no longer do, each beside the same attempt outside of it. Every
// attempt is made in a child, which does not come back out.
#include "app/sandbox.h"

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exporters/file_writer.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

constexpr uid_t kNobody = 65'534;

// Answers with 0 or the error of what it tried.
using Attempt = std::function<int()>;

int ErrnoOf(long result) { return result < 0 ? errno : 0; }

int InChild(const Attempt& attempt) {
  const pid_t child = fork();
  if (child == 0) _exit(attempt());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  return WEXITSTATUS(status);
}

class Sandbox : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root has rights to give up";
    ASSERT_EQ(chmod(folder_.path().c_str(), 0777), 0);
  }

  std::vector<Protection> Enter() const {
    return EnterSandbox({.account = {kNobody, kNobody}, .folders = {folder_.path()}});
  }
  // The error of the attempt in a child that has entered the sandbox.
  int Inside(const Attempt& attempt) const {
    return InChild([&] {
      Enter();
      return attempt();
    });
  }

  TempFolder folder_;
};

int Open(const char* path) { return ErrnoOf(open(path, O_RDONLY | O_CLOEXEC)); }

int RunProgram() {
  char program[] = "/bin/true";
  char* const arguments[] = {program, nullptr};
  char* const environment[] = {nullptr};
  return ErrnoOf(execve(program, arguments, environment));  // does not come back where it may
}

int PacketSocket() { return ErrnoOf(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)); }

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int Call(int fd, int (*call)(int, const sockaddr*, socklen_t), uint16_t port) {
  const sockaddr_in address = Loopback(port);
  return ErrnoOf(call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
}

// A socket that listens, and its port.
struct Listener {
  Listener() : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    EXPECT_EQ(Call(fd, bind, 0), 0);
    EXPECT_EQ(listen(fd, 8), 0);
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  ~Listener() { close(fd); }

  int fd;
  uint16_t port = 0;
};

TEST_F(Sandbox, TellsWhatIsInForce) {
  const int missing = InChild([&] {
    int count = 0;
    for (const Protection& protection : Enter()) {
      if (!protection.active || !protection.problem.empty()) ++count;
    }
    return count;
  });
  EXPECT_EQ(missing, 0) << "protections this kernel does not give";
  for (const Protection& protection : SandboxState()) {
    if (protection.feature == "user") {
      EXPECT_FALSE(protection.active);
    }
  }
}

TEST_F(Sandbox, RootIsGoneForGood) {
  EXPECT_EQ(Inside([] { return getuid() == kNobody && geteuid() == kNobody ? 0 : 1; }), 0);
  EXPECT_EQ(Inside([] { return ErrnoOf(setuid(0)); }), EPERM);
  EXPECT_EQ(Inside([] { return getgid() == kNobody ? 0 : 1; }), 0);
}

TEST_F(Sandbox, NoFileCanBeRead) {
  EXPECT_EQ(InChild([] { return Open("/etc/shadow"); }), 0);
  EXPECT_EQ(Inside([] { return Open("/etc/shadow"); }), EACCES);
  EXPECT_EQ(Inside([] { return Open("/etc/passwd"); }), EACCES);  // which everybody may read
}

TEST_F(Sandbox, NoProgramCanBeRun) {
  EXPECT_EQ(InChild(RunProgram), 0);
  EXPECT_EQ(Inside(RunProgram), EPERM);
}

TEST_F(Sandbox, NoSocketCanBeOpened) {
  EXPECT_EQ(InChild(PacketSocket), 0);
  EXPECT_EQ(Inside(PacketSocket), EPERM);
  EXPECT_EQ(Inside([] { return ErrnoOf(socket(AF_INET, SOCK_STREAM, 0)); }), EPERM);
}

TEST_F(Sandbox, NoConnectionCanBeMadeNorPortTaken) {
  const Listener listener;
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(InChild([&] { return Call(client, connect, listener.port); }), 0);
  EXPECT_EQ(Inside([&] { return Call(client, connect, listener.port); }), EPERM);
  EXPECT_EQ(InChild([&] { return Call(server, bind, 0); }), 0);
  close(server);
  const int another = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(Inside([&] { return Call(another, bind, 0); }), EACCES);
  close(another);
  close(client);
}

TEST_F(Sandbox, ReportsAreWrittenWhereTheyBelongAndNowhereElse) {
  const std::string report = folder_.path() / "report";
  const auto write = [&](const std::string& path) { return WriteWhole(path, "x").ok() ? 0 : 1; };
  EXPECT_EQ(Inside([&] { return write(report); }), 0);
  EXPECT_EQ(Inside([&] { return write(report); }), 0);  // replaced
  struct stat status {};
  ASSERT_EQ(stat(report.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, kNobody);
  const std::string elsewhere = testing::TempDir() + "rcodescope-elsewhere";
  EXPECT_EQ(Inside([&] { return write(elsewhere); }), 1);
  EXPECT_NE(access(elsewhere.c_str(), F_OK), 0);
}

TEST_F(Sandbox, SourcesCanBeReadAndNotWritten) {
  const std::string file = folder_.path() / "report";
  ASSERT_TRUE(WriteWhole(file, "x").ok());
  ASSERT_EQ(chmod(file.c_str(), 0666), 0);
  const auto inside = [&](const Attempt& attempt) {
    return InChild([&] {
      EnterSandbox({.account = {kNobody, kNobody}, .sources = {folder_.path()}});
      return attempt();
    });
  };
  EXPECT_EQ(inside([&] { return Open(file.c_str()); }), 0);
  EXPECT_EQ(inside([&] { return ErrnoOf(open(file.c_str(), O_WRONLY | O_CLOEXEC)); }), EACCES);
  EXPECT_EQ(inside([] { return Open("/etc/passwd"); }), EACCES);
}

// A library's thread, say, that is there before; and the workers, which come after.
TEST_F(Sandbox, HoldsForOtherThreads) {
  const auto attempt_of_threads = [&] {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) return 99;
    int before = 0;
    std::thread early([&] {
      char byte = 0;
      if (read(pipe_ends[0], &byte, 1) == 1) before = PacketSocket();
    });
    Enter();
    if (write(pipe_ends[1], "x", 1) != 1) return 99;
    early.join();
    int after = 0;
    std::thread([&] { after = Open("/etc/passwd"); }).join();
    return before == EPERM && after == EACCES ? 0 : 1;
  };
  EXPECT_EQ(InChild(attempt_of_threads), 0);
}

TEST(Account, IsFoundByName) {
  const auto nobody = FindAccount("nobody");
  ASSERT_TRUE(nobody.ok());
  EXPECT_EQ(nobody->uid, kNobody);
  EXPECT_EQ(FindAccount("no-such-user").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace rcodescope
