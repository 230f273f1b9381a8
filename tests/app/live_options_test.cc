#include <string>

#include <gtest/gtest.h>

#include "app/options.h"
#include "tests/app/command_line.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

TEST(LiveCommandLine, EveryOptionReachesItsMember) {
  const Options defaults = Good({"live", "-i", "eth1"});
  EXPECT_EQ(defaults.command, Command::kLive);
  EXPECT_EQ(defaults.interfaces, Arguments({"eth1"}));
  EXPECT_EQ(defaults.listen, "127.0.0.1:10053");
  EXPECT_EQ(defaults.epoch_ns, 5'000'000'000);
  EXPECT_FALSE(defaults.no_promiscuous);
  EXPECT_FALSE(defaults.no_sandbox);
  EXPECT_EQ(defaults.user, "nobody");
  const Options options = Good({"live",      "-i",
                                "eth1",      "--interface=eth2",
                                "-i",        "eth3,eth4",
                                "-p",        "--capture",
                                "pcap",      "--ring-size",
                                "128MiB",    "--snap-length",
                                "1500",      "--epoch",
                                "2s",        "--user",
                                "dns",       "--no-sandbox",
                                "--listen",  "off",
                                "--workers", "4",
                                "--",        "udp",
                                "port",      "53"});
  EXPECT_EQ(options.interfaces, Arguments({"eth1", "eth2", "eth3", "eth4"}));
  EXPECT_TRUE(options.no_promiscuous);
  EXPECT_EQ(options.capture, "pcap");
  EXPECT_EQ(options.ring_size, uint64_t{128} << 20);
  EXPECT_EQ(options.snap_length, 1500U);
  EXPECT_EQ(options.epoch_ns, 2'000'000'000);
  EXPECT_EQ(options.user, "dns");
  EXPECT_TRUE(options.no_sandbox);
  EXPECT_EQ(options.listen, "");
  EXPECT_EQ(options.workers, 4);
  EXPECT_EQ(options.filter, "udp port 53");
}

TEST(LiveCommandLine, CpusKeepTheirOrder) {
  using Cpus = std::vector<uint16_t>;
  EXPECT_TRUE(Good({"live", "-i", "eth1"}).cpus.empty());
  EXPECT_EQ(Good({"live", "-i", "eth1", "--cpus", "6,0-2,1023"}).cpus, Cpus({6, 0, 1, 2, 1023}));
  EXPECT_EQ(Good({"live", "-i", "eth1", "--cpus", "0-255"}).cpus.size(), 256U);
  const TempFile file("cpus = [3, \"5-6\"]\ninterface = \"eth1\"\n");
  EXPECT_EQ(Good({"live", "--config", file.path()}).cpus, Cpus({3, 5, 6}));
}

TEST(LiveCommandLine, OneFileMayServeReplayAndLive) {
  const TempFile file("interface = [\"eth1\", \"eth2\"]\nresync = true\nepoch = \"10s\"\n");
  const Options live = Good({"live", "--config", file.path()});
  EXPECT_EQ(live.interfaces, Arguments({"eth1", "eth2"}));
  EXPECT_EQ(live.epoch_ns, 10'000'000'000);
  EXPECT_TRUE(Good({"replay", "x", "--config", file.path()}).resync);
}

TEST(LiveCommandLine, ALineThatMakesNoSenseEndsIn64AndSaysWhy) {
  ExpectUsageErrors({
      {{"live"}, "rcodescope: no interface given (-i IFACE); see rcodescope live --help\n"},
      {{"live", "eth0"}, "rcodescope: unexpected argument \"eth0\"; see rcodescope live --help\n"},
      {{"live", "-i", "eth0", "--resync"},
       "rcodescope: unknown option \"--resync\"; see rcodescope live --help\n"},
      {{"replay", "x", "--epoch", "5s"},
       "rcodescope: unknown option \"--epoch\"; see rcodescope replay --help\n"},
      {{"live", "-i", "eth0", "-i", "eth0"},
       "rcodescope: --interface \"eth0,eth0\": \"eth0\" stands there twice (allowed: names of up "
       "to "
       "15 characters); see rcodescope live --help\n"},
      {{"live", "-i", "sixteen-letters-"},
       "rcodescope: --interface \"sixteen-letters-\": \"sixteen-letters-\" is no interface's name "
       "(allowed: names of up to 15 characters); see rcodescope live --help\n"},
      {{"live", "-i", "eth0", "--cpus", "1-3,2"},
       "rcodescope: --cpus \"1-3,2\": CPU 2 stands there twice (allowed: CPUs 0 to 1023 and "
       "ranges, each once, at most 256, as 2,4-7); see rcodescope live --help\n"},
      {{"live", "-i", "eth0", "--cpus", "4-2"},
       "rcodescope: --cpus \"4-2\": the range 4-2 runs backwards (allowed: CPUs 0 to 1023 and "
       "ranges, each once, at most 256, as 2,4-7); see rcodescope live --help\n"},
      {{"live", "-i", "eth0", "--cpus", "1024"},
       "rcodescope: --cpus \"1024\": CPU \"1024\" is too large (allowed: CPUs 0 to 1023 and "
       "ranges, each once, at most 256, as 2,4-7); see rcodescope live --help\n"},
      {{"live", "-i", "eth0", "--cpus", "0-256"},
       "rcodescope: --cpus \"0-256\": more CPUs than workers can be (allowed: CPUs 0 to 1023 and "
       "ranges, each once, at most 256, as 2,4-7); see rcodescope live --help\n"},
      {{"dpdk", "--cpus", "1"},
       "rcodescope: unknown option \"--cpus\"; see rcodescope dpdk --help\n"},
      {{"live", "-i", "../eth0"},
       "rcodescope: --interface \"../eth0\": \"../eth0\" is no interface's name (allowed: names of "
       "up to 15 characters); see rcodescope live --help\n"},
  });
}

}  // namespace
}  // namespace rcodescope
