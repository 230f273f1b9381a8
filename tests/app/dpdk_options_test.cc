#include <string>

#include <gtest/gtest.h>

#include "app/options.h"
#include "tests/app/command_line.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

TEST(DpdkCommandLine, WhatStandsBehindTheDashesIsDpdks) {
  const Options options = Good({"dpdk", "--workers", "2", "-p", "--epoch", "2s", "--", "-l", "1-4",
                                "--vdev=net_pcap0,rx_pcap=two words.pcap", ""});
  EXPECT_EQ(options.command, Command::kDpdk);
  EXPECT_EQ(options.eal_arguments,
            Arguments({"-l", "1-4", "--vdev=net_pcap0,rx_pcap=two words.pcap", ""}));
  EXPECT_EQ(options.filter, "");
  EXPECT_EQ(options.workers, 2);
  EXPECT_TRUE(options.no_promiscuous);
  EXPECT_EQ(options.epoch_ns, 2'000'000'000);
  EXPECT_EQ(options.listen, "127.0.0.1:10053");
  EXPECT_TRUE(options.dpdk_ports.empty());
  EXPECT_TRUE(Good({"dpdk"}).eal_arguments.empty());
}

TEST(DpdkCommandLine, PortsAreChosenByNumber) {
  using Ports = std::vector<uint16_t>;
  EXPECT_EQ(Good({"dpdk", "--port-id", "0", "--port-id=2,31"}).dpdk_ports, Ports({0, 2, 31}));
  const TempFile file("port-id = [1, 3]\ninterface = \"eth1\"\n");
  EXPECT_EQ(Good({"dpdk", "--config", file.path()}).dpdk_ports, Ports({1, 3}));
}

TEST(DpdkCommandLine, ALineThatMakesNoSenseEndsIn64AndSaysWhy) {
  ExpectUsageErrors({
      {{"dpdk", "eth0"}, "rcodescope: unexpected argument \"eth0\"; see rcodescope dpdk --help\n"},
      {{"dpdk", "-i", "eth0"}, "rcodescope: unknown option \"-i\"; see rcodescope dpdk --help\n"},
      {{"dpdk", "--ring-size", "1MiB"},
       "rcodescope: unknown option \"--ring-size\"; see rcodescope dpdk --help\n"},
      {{"live", "-i", "eth0", "--port-id", "1"},
       "rcodescope: unknown option \"--port-id\"; see rcodescope live --help\n"},
      {{"dpdk", "--port-id", "1", "--port-id", "1"},
       "rcodescope: --port-id \"1,1\": port 1 stands there twice (allowed: numbers of ports, 0 to "
       "31, each once); see rcodescope dpdk --help\n"},
      {{"dpdk", "--port-id", "32"},
       "rcodescope: --port-id \"32\": port \"32\" is too large (allowed: numbers of ports, 0 to "
       "31, each once); see rcodescope dpdk --help\n"},
  });
}

}  // namespace
}  // namespace rcodescope
