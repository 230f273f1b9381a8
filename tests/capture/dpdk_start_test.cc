// How the EAL starts and does not. Each start has a process of its own.
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/dpdk.h"
#include "capture/dpdk_output.h"
#include "tests/capture/dpdk_ports.h"

namespace rcodescope {
namespace {

// Runs `body` in a process of its own and answers with what it wrote into the pipe it was given.
template <typename Body>
std::string InChild(const Body& body) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    body(ends[1]);
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  std::array<char, 1024> piece;
  ssize_t got;
  while ((got = read(ends[0], piece.data(), piece.size())) > 0) {
    said.append(piece.data(), static_cast<size_t>(got));
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return said;
}

void Say(int out, const std::string& text) {
  [[maybe_unused]] const ssize_t written = write(out, text.data(), text.size());
}

std::vector<std::string> With(std::vector<std::string> more) {
  std::vector<std::string> all = EalWithoutRights();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// What a start says, or what opening its ports says after it. Nothing may be written elsewhere.
std::string Refusal(const std::vector<std::string>& arguments) {
  return InChild([&](int out) {
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    const absl::Status started = StartEal(arguments);
    if (!started.ok()) return Say(out, started.ToString());
    const auto capture = OpenDpdk({});
    Say(out, capture.ok() ? "OK" : capture.status().ToString());
  });
}

TEST(DpdkStart, WorksWithoutHugepagesCardsAndRights) {
  const std::string said = InChild([](int out) {
    if (geteuid() == 0 && (setgid(65'534) != 0 || setuid(65'534) != 0)) return;
    const absl::Status started = StartEal(With({"--vdev=net_null0"}));
    if (!started.ok()) return Say(out, started.ToString());
    const auto capture = OpenDpdk({});
    if (!capture.ok()) return Say(out, capture.status().ToString());
    PacketBatch batch;
    (*capture)->queue(0).Poll(batch);
    Say(out, std::to_string(batch.size));
  });
  EXPECT_EQ(said, "64");
}

TEST(DpdkStart, TellsWhatIsWrong) {
  struct Case {
    std::vector<std::string> arguments;
    std::string refusal;
  };
  for (const Case& tried : {
           Case{With({"--frobnicate"}),
                "INVALID_ARGUMENT: dpdk: unrecognized option '--frobnicate'"},
           Case{With({"--vdev=net_nope0"}),
                "INVALID_ARGUMENT: EAL: failed to parse device \"net_nope0\"; EAL: Unable to parse "
                "device 'net_nope0'"},
           Case{With({"--vdev=net_pcap0,colour=blue"}),
                "INVALID_ARGUMENT: vdev_probe(): failed to initialize net_pcap0 device; EAL: Bus "
                "(vdev) probe failed."},
           Case{With({"--vdev=net_pcap0,rx_pcap=/no/such.pcap"}),
                "INVALID_ARGUMENT: open_single_rx_pcap(): Couldn't open /no/such.pcap: "
                "/no/such.pcap: No such file or directory; vdev_probe(): failed to initialize "
                "net_pcap0 device; EAL: Bus (vdev) probe failed."},
           Case{With({"--help"}),
                "INVALID_ARGUMENT: DPDK's arguments are told by dpdk-testpmd --help"},
           Case{With({"eth0"}), "INVALID_ARGUMENT: DPDK takes no word that is not an option: eth0"},
           Case{
               With({}),
               "NOT_FOUND: DPDK has no ports: bind a card to vfio-pci and name it with -a, or make "
               "one with --vdev"},
       }) {
    EXPECT_EQ(Refusal(tried.arguments), tried.refusal);
  }
}

TEST(DpdkStart, NamesTheWayOutWhenThereAreNoHugepages) {
  if (std::filesystem::exists("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")) {
    std::string pages;
    std::getline(std::ifstream("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"), pages);
    if (pages != "0") GTEST_SKIP() << "this machine has hugepages";
  }
  const std::string said =
      Refusal({"--no-pci", "--no-shconf", "--no-telemetry", "-l", "0", "--vdev=net_null0"});
  EXPECT_TRUE(said.starts_with("UNAVAILABLE: ")) << said;
  EXPECT_NE(said.find("--no-huge -m 512"), std::string::npos) << said;
}

TEST(DpdkStart, LeavesTheThreadItsCpus) {
  cpu_set_t own;
  ASSERT_EQ(sched_getaffinity(0, sizeof(own), &own), 0);
  if (CPU_COUNT(&own) < 2) GTEST_SKIP() << "there is one CPU only";
  const std::string said = InChild([&](int out) {
    const absl::Status started = StartEal(EalWithoutRights());
    cpu_set_t after;
    sched_getaffinity(0, sizeof(after), &after);
    Say(out, started.ok() && CPU_EQUAL(&after, &own) ? "the same" : "others");
  });
  EXPECT_EQ(said, "the same");
}

// With its files in the runtime folder, as a daemon has them.
TEST(DpdkStart, StartsAgainAfterACrash) {
  const std::vector<std::string> arguments = {
      "--no-huge",
      "-m",
      "64",
      "--no-pci",
      "-l",
      "0",
      "--vdev=net_null0",
      "--file-prefix=rcodescope-test-" + std::to_string(getpid())};
  for (int i = 0; i < 3; ++i) {
    const std::string said = InChild([&](int out) {
      const absl::Status started = StartEal(arguments);
      const auto capture = OpenDpdk({});
      Say(out, started.ok() && capture.ok() ? "running" : started.ToString());
      raise(SIGKILL);
    });
    EXPECT_EQ(said, "running");
  }
  InChild([&](int) {
    if (StartEal(arguments).ok()) StopEal();
  });
  for (const char* folder : {"/var/run/dpdk/", "/tmp/dpdk/"}) {
    std::filesystem::remove_all(folder + arguments.back().substr(arguments.back().find('=') + 1));
  }
}

TEST(DpdkOutput, LeavesOutGreetingsRepetitionsAndTheListOfOptions) {
  EXPECT_EQ(ComplaintsIn("EAL: Detected CPU lcores: 2\n"
                         "EAL: lcore 99 unavailable\n"
                         "EAL: FATAL: Invalid 'command line' arguments.\n"
                         "EAL: Invalid 'command line' arguments.\n"
                         "EAL: Invalid 'command line' arguments.\n"
                         "\n"
                         "Usage: dpdk [options]\n"
                         "EAL common options:\n"),
            "EAL: lcore 99 unavailable; EAL: Invalid 'command line' arguments.");
  EXPECT_EQ(ComplaintsIn("EAL: Selected IOVA mode 'VA'\n"), "");
  EXPECT_EQ(ComplaintsIn("no end of line"), "no end of line");
  EXPECT_EQ(ComplaintsIn(""), "");
}

TEST(DpdkOutput, ComesBackToItsPlaceAfterwards) {
  const std::string said = InChild([](int out) {
    dup2(out, STDERR_FILENO);
    {
      const KeptOutput kept;
      Say(STDERR_FILENO, "kept\n");
      if (kept.Complaints() != "kept") return;
    }
    Say(STDERR_FILENO, "given\n");
  });
  EXPECT_EQ(said, "given\n");
}

}  // namespace
}  // namespace rcodescope
