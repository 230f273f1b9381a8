// Where responses were seen: by site and by NSID, exact for any number of workers.
#include <array>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "aggregate/site_table.h"
#include "parse/protocol.h"
#include "tests/pipeline/conservation.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"
#include "tests/support/frames.h"

namespace rcodescope {
namespace {

using Counts = std::map<std::string, RcodeCounts>;

struct Made {
  std::vector<TimedFrame> frames;
  Counts sites;
  Counts nsids;
};

// Responses in VLANs 0 to 4, from servers of two networks, some with an NSID and some with codes
// that are in the OPT record.
Made MakeResponses() {
  Made made;
  const std::array<std::string, 4> nsids = {"", "ns1", "ns2", std::string("\x00\x01", 2)};
  const std::array<std::string, 4> shown = {"other", "ns1", "ns2", "0x0001"};
  for (unsigned i = 0; i < 3000; ++i) {
    const unsigned vlan = i % 5;
    const unsigned nsid = i / 5 % 4;
    const auto network = static_cast<uint8_t>(i % 7 < 3 ? 1 : 2);
    const uint8_t low = i % 11 == 0 ? 3 : 0;
    const auto high = static_cast<uint8_t>(i % 13 == 0 ? 9 : 0);
    const Rcode code{RcodeSpace::kDns, JoinRcode(high, low)};
    OptFields opt{.extended_rcode = high};
    if (nsid != 0) opt.options = Option(kOptionNsid, Text(nsids[nsid]));
    const DnsMessage message{.rcode = low, .additional = {Opt(opt)}};
    EthernetFields ethernet;
    if (vlan != 0) ethernet.tags = {{.tpid = 0x8100, .tci = static_cast<uint16_t>(vlan)}};
    const Ipv4Fields addresses{.source = {192, 0, network, static_cast<uint8_t>(i % 50)},
                               .destination = {198, 51, 100, static_cast<uint8_t>(i % 200)}};
    made.frames.push_back({{1'767'225'600 * kNanosPerSecond + int64_t{i} * 3'000'000},
                           Ethernet(Ipv4(Udp(Wire(message)), addresses), ethernet)});
    std::string site = network == 1 ? "one" : "other";
    if (vlan == 3) site = "three";
    if (nsid == 2) site = "three";
    ++made.sites[site][code];
    ++made.nsids[shown[nsid]][code];
  }
  return made;
}

Counts CountsOf(const DimensionCount& dimension) {
  Counts counts;
  for (const KeyCount& row : dimension.top)
    counts[row.key].insert(row.rcodes.begin(), row.rcodes.end());
  counts["other"].insert(dimension.other.rcodes.begin(), dimension.other.rcodes.end());
  return counts;
}

TEST(Sites, AreCountedAsConfiguredForAnyWorkers) {
  const Made made = MakeResponses();
  const std::array<std::byte, 4> network = {std::byte{192}, std::byte{0}, std::byte{1}, {}};
  const SiteTable sites(
      {{.name = "three", .vlans = {3}},
       {.name = "three", .nsids = {"ns2"}},
       {.name = "one", .prefixes = {{IpAddress::FromIpv4(network.data()), 120}}}});
  std::string expected;
  for (const size_t workers : std::array<size_t, 4>{1, 2, 4, 7}) {
    SCOPED_TRACE(workers);
    PipelineOptions options = SmallOptions(workers, workers);
    options.recorder.sites = &sites;
    MemorySource source(made.frames);
    const Snapshot snapshot = CountPackets(source, options);
    ExpectConserved(snapshot, 500);
    EXPECT_EQ(CountsOf(snapshot.sites), made.sites);
    EXPECT_EQ(CountsOf(snapshot.nsids), made.nsids);
    if (expected.empty()) expected = Reports(snapshot);
    EXPECT_TRUE(Reports(snapshot) == expected);
  }
  EXPECT_NE(expected.find("rcodescope_site_responses_total{site=\"three\",rcode=\"NXDOMAIN\"}"),
            std::string::npos);
  EXPECT_NE(expected.find("rcodescope_nsid_responses_total{nsid=\"0x0001\",rcode=\"NOERROR\"}"),
            std::string::npos);
}

}  // namespace
}  // namespace rcodescope
