#include "exporters/prometheus_page.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/exporters/snapshot_builder.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

constexpr const char* kVersion = "1.2.3";

// Value by series ("name{labels}"). Fails on a series that stands twice.
std::map<std::string, double> Series(const std::string& page) {
  std::map<std::string, double> series;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t blank = line.rfind(' ');
    const bool is_new = series.emplace(line.substr(0, blank), std::stod(line.substr(blank))).second;
    EXPECT_TRUE(is_new) << line;
  }
  return series;
}

std::map<std::string, double> SeriesOf(const SnapshotBuilder& builder) {
  return Series(PrometheusPage(builder.snapshot(), kVersion));
}

std::string ResponsesSeries(const std::string& rcode, const std::string& rest =
                                                          "space=\"dns\",certainty=\"full\","
                                                          "opcode=\"QUERY\",transport=\"udp\","
                                                          "family=\"ipv4\"") {
  return "rcodescope_responses_total{rcode=\"" + rcode + "\"," + rest + "}";
}

// Exit code and output of `promtool check metrics` fed with `page`.
std::pair<int, std::string> Promtool(const std::string& page) {
  const TempFile file(page);
  std::string output;
  FILE* const child = popen(("promtool check metrics <'" + file.path() + "' 2>&1").c_str(), "r");
  std::array<char, 4096> buffer{};
  for (size_t count; (count = fread(buffer.data(), 1, buffer.size(), child)) > 0;) {
    output.append(buffer.data(), count);
  }
  const int status = pclose(child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

bool HasPromtool() { return std::system("promtool --version >/dev/null 2>&1") == 0; }

TEST(PrometheusPage, PromtoolHasNothingToSay) {
  if (!HasPromtool()) GTEST_SKIP() << "promtool is not installed";
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  SnapshotBuilder hostile = BusyMinute();
  hostile.Key(Dimension::kZone, every_byte, {{kServFail, 1}});
  for (const std::string& page :
       {PrometheusPage(Snapshot{}, kVersion), PrometheusPage(BusyMinute().snapshot(), kVersion),
        PrometheusPage(hostile.snapshot(), kVersion)}) {
    EXPECT_EQ(Promtool(page), std::pair(0, std::string()));
  }
}

TEST(PrometheusPage, PromtoolSeesABadLabelAndABadName) {
  if (!HasPromtool()) GTEST_SKIP() << "promtool is not installed";
  const std::string head = "# HELP a_total x\n# TYPE a_total counter\n";
  EXPECT_EQ(Promtool(head + "a_total{l=\"x\"} 1\n").first, 0);
  EXPECT_NE(Promtool(head + "a_total{l=\"\xff\"} 1\n").first, 0);
  EXPECT_NE(Promtool("# HELP a x\n# TYPE a counter\na 1\n").first, 0);
}

TEST(PrometheusPage, CommonCodesAreThereBeforeTheirFirstResponse) {
  const auto series = Series(PrometheusPage(Snapshot{}, kVersion));
  for (const char* rcode : {"NOERROR", "SERVFAIL", "NXDOMAIN", "REFUSED", "FORMERR"}) {
    for (const char* transport : {"udp", "tcp"}) {
      for (const char* family : {"ipv4", "ipv6"}) {
        const std::string name = ResponsesSeries(
            rcode, std::string("space=\"dns\",certainty=\"full\",opcode=\"QUERY\",transport=\"") +
                       transport + "\",family=\"" + family + "\"");
        ASSERT_EQ(series.count(name), 1U) << name;
        EXPECT_EQ(series.at(name), 0);
      }
    }
  }
}

TEST(PrometheusPage, ResponsesByAllTheirLabels) {
  const auto series = SeriesOf(BusyMinute());
  EXPECT_EQ(series.at(ResponsesSeries("NOERROR")), 8000);
  EXPECT_EQ(series.at(ResponsesSeries("NOERROR",
                                      "space=\"dns\",certainty=\"full\",opcode=\"QUERY\","
                                      "transport=\"tcp\",family=\"ipv6\"")),
            500);
  EXPECT_EQ(series.at(ResponsesSeries("YXRRSET",
                                      "space=\"dns\",certainty=\"low4\",opcode=\"QUERY\","
                                      "transport=\"udp\",family=\"ipv4\"")),
            5);
  EXPECT_EQ(series.at(ResponsesSeries("BADSIG",
                                      "space=\"tsig\",certainty=\"full\",opcode=\"QUERY\","
                                      "transport=\"udp\",family=\"ipv4\"")),
            1);
}

TEST(PrometheusPage, The65thUnassignedCodeAndLaterOnesAreOther) {
  SnapshotBuilder builder;
  for (uint16_t code = 3000; code > 2900; --code) builder.Responses({RcodeSpace::kDns, code}, 3);
  builder.Responses(kBadVers, 1);
  const auto series = SeriesOf(builder);
  EXPECT_EQ(series.at(ResponsesSeries("RCODE2901")), 3);
  EXPECT_EQ(series.at(ResponsesSeries("RCODE2964")), 3) << "the 64th by number";
  EXPECT_EQ(series.count(ResponsesSeries("RCODE2965")), 0U);
  EXPECT_EQ(series.at(ResponsesSeries("other")), 36 * 3);
  EXPECT_EQ(series.at(ResponsesSeries("BADVERS")), 1) << "assigned codes never are other";
}

TEST(PrometheusPage, TsigAndTkeyHaveLimitsOfTheirOwn) {
  SnapshotBuilder builder;
  for (uint16_t code = 100; code < 170; ++code) {
    builder.Responses({RcodeSpace::kDns, code}, 1).Responses({RcodeSpace::kTsig, code}, 1);
  }
  builder.Responses({RcodeSpace::kTkey, 65534}, 1).Responses({RcodeSpace::kTsig, kOtherCode}, 4);
  const auto series = SeriesOf(builder);
  const std::string rest = "certainty=\"full\",opcode=\"QUERY\",transport=\"udp\",family=\"ipv4\"";
  EXPECT_EQ(series.at(ResponsesSeries("other", "space=\"dns\"," + rest)), 6);
  EXPECT_EQ(series.at(ResponsesSeries("other", "space=\"tsig\"," + rest)), 6 + 4);
  EXPECT_EQ(series.at(ResponsesSeries("RCODE65534", "space=\"tkey\"," + rest)), 1);
}

TEST(PrometheusPage, UnassignedOpcodesAreOneSeries) {
  SnapshotBuilder builder;
  builder.Responses(kRefused, 2, Certainty::kFull, static_cast<Opcode>(3))
      .Responses(kRefused, 5, Certainty::kFull, static_cast<Opcode>(15))
      .Responses(kRefused, 1, Certainty::kFull, Opcode::kUpdate)
      .Queries(1, 4, static_cast<Opcode>(9));
  const auto series = SeriesOf(builder);
  EXPECT_EQ(series.at(ResponsesSeries("REFUSED",
                                      "space=\"dns\",certainty=\"full\",opcode=\"other\","
                                      "transport=\"udp\",family=\"ipv4\"")),
            7);
  EXPECT_EQ(series.at(ResponsesSeries("REFUSED",
                                      "space=\"dns\",certainty=\"full\","
                                      "opcode=\"UPDATE\",transport=\"udp\","
                                      "family=\"ipv4\"")),
            1);
  EXPECT_EQ(series.at("rcodescope_queries_total{qtype=\"A\",opcode=\"other\",transport=\"udp\","
                      "family=\"ipv4\"}"),
            4);
}

TEST(PrometheusPage, QueryTypesWithoutANameAreOther) {
  SnapshotBuilder builder;
  builder.Queries(1, 3).Queries(65280, 4).Queries(65281, 5);
  const auto series = SeriesOf(builder);
  const std::string rest = ",opcode=\"QUERY\",transport=\"udp\",family=\"ipv4\"}";
  EXPECT_EQ(series.at("rcodescope_queries_total{qtype=\"A\"" + rest), 3);
  EXPECT_EQ(series.at("rcodescope_queries_total{qtype=\"other\"" + rest), 9);
}

TEST(PrometheusPage, CodesOfOneNameAreOneSeriesOfAKey) {
  SnapshotBuilder builder;
  builder.Key(Dimension::kClient, "198.51.100.7", {{kTsigBadKey, 2}, {kTkeyBadKey, 3}});
  EXPECT_EQ(SeriesOf(builder).at(
                "rcodescope_client_responses_total{client=\"198.51.100.7\",rcode=\"BADKEY\"}"),
            5);
}

TEST(PrometheusPage, KeysAndOtherSumToTheTotalPerRcodeEvenPastTheLimits) {
  SnapshotBuilder builder = BusyMinute();
  for (uint16_t code = 1000; code < 1100; ++code) {
    const Rcode rcode{RcodeSpace::kDns, code};
    builder.Responses(rcode, 2);
    for (const Dimension dimension : {Dimension::kServer, Dimension::kZone, Dimension::kClient}) {
      builder.Key(dimension, "k" + std::to_string(code), {{rcode, 2}});
    }
  }
  std::map<std::string, std::map<std::string, double>> sums;  // metric, rcode
  for (const auto& [series, value] : SeriesOf(builder)) {
    const std::string name = series.substr(0, series.find('{'));
    const std::string mark = "rcode=\"";
    const size_t at = series.find(mark);
    if (at == std::string::npos || value == 0) continue;
    const size_t begin = at + mark.size();
    sums[name][series.substr(begin, series.find('"', begin) - begin)] += value;
  }
  const auto& total = sums.at("rcodescope_responses_total");
  EXPECT_EQ(sums.at("rcodescope_server_responses_total"), total);
  EXPECT_EQ(sums.at("rcodescope_zone_responses_total"), total);
  EXPECT_EQ(sums.at("rcodescope_client_responses_total"), total);
}

TEST(PrometheusPage, ExtendedErrorsWithoutANameAreLimited) {
  SnapshotBuilder builder;
  for (uint16_t code = 50000; code < 50100; ++code) builder.Ede(code, kServFail, 1);
  builder.Ede(22, kServFail, 200);
  const auto series = SeriesOf(builder);
  const std::string name = "rcodescope_extended_errors_total{info_code=\"";
  EXPECT_EQ(series.at(name + "22\",rcode=\"SERVFAIL\"}"), 200);
  EXPECT_EQ(series.at(name + "50063\",rcode=\"SERVFAIL\"}"), 1);
  EXPECT_EQ(series.at(name + "other\",rcode=\"SERVFAIL\"}"), 36);
}

TEST(PrometheusPage, TheClosedListsAndGauges) {
  SnapshotBuilder builder = BusyMinute();
  builder.raw().frames.held = 8;
  builder.raw().frames.residual = -1;
  builder.raw().frames.message_residual = 2;
  const auto series = SeriesOf(builder);
  EXPECT_EQ(series.at("rcodescope_responses_low4_total{reason=\"snap_length\"}"), 5);
  EXPECT_EQ(series.at("rcodescope_answers_total{kind=\"nodata\"}"), 1200);
  EXPECT_EQ(series.count("rcodescope_answers_total{kind=\"none\"}"), 0U);
  EXPECT_EQ(series.at("rcodescope_transfers_total{kind=\"axfr\"}"), 3);
  EXPECT_EQ(series.at("rcodescope_transfers_total{kind=\"ixfr\"}"), 2);
  EXPECT_EQ(series.at("rcodescope_frames_total{disposition=\"not_dns_port\"}"), 1500);
  EXPECT_EQ(series.at("rcodescope_frames_total{disposition=\"icmp\"}"), 0);
  EXPECT_EQ(series.at("rcodescope_frames_dropped_total{source=\"replay\",queue=\"0\","
                      "stage=\"filter\"}"),
            17);
  EXPECT_EQ(series.at("rcodescope_frames_held"), 8);
  EXPECT_EQ(series.at("rcodescope_malformed_messages_total{reason=\"short_header\"}"), 9);
  EXPECT_EQ(series.at("rcodescope_message_anomalies_total{reason=\"opt_multiple\"}"), 3);
  EXPECT_EQ(series.at("rcodescope_conservation_residual{layer=\"engine\"}"), -1);
  EXPECT_EQ(series.at("rcodescope_conservation_residual{layer=\"messages\"}"), 2);
  EXPECT_EQ(series.at("rcodescope_tracked_keys{dimension=\"zone\"}"), 3);
  EXPECT_EQ(series.at("rcodescope_tracked_keys_limit{dimension=\"zone\"}"), 100000);
  EXPECT_EQ(series.at("rcodescope_last_packet_timestamp_seconds{source=\"replay\"}"), 1767225660);
  EXPECT_EQ(series.at("rcodescope_build_info{version=\"1.2.3\"}"), 1);
}

TEST(PrometheusPage, ALiveCaptureTellsHowItFares) {
  SnapshotBuilder builder = BusyMinute();
  Snapshot& raw = builder.raw();
  raw.source = "eth1,eth2";
  raw.queues.resize(2);
  raw.queues[0] = {.filtered = 4, .backlog = 3};
  raw.queues[1] = {.backlog = 8};
  raw.queues[1].dropped[static_cast<size_t>(DropStage::kRing)] = 9;
  raw.frames.source_residual = 5;
  LiveStatus live{.interfaces = {{"eth1", true, 0}, {"eth2", false, 2}},
                  .workers = {{0.25, false}, {1.0, true}},
                  .sandbox = {{"seccomp", true}, {"user", false}},
                  .lag_seconds = 0.5};
  raw.live = std::make_shared<const LiveStatus>(std::move(live));
  const auto series = SeriesOf(builder);
  const std::string dropped = "rcodescope_frames_dropped_total{source=\"eth1,eth2\",queue=\"";
  EXPECT_EQ(series.at(dropped + "0\",stage=\"filter\"}"), 4);
  EXPECT_EQ(series.at(dropped + "1\",stage=\"ring\"}"), 9);
  EXPECT_EQ(series.count(dropped + "0\",stage=\"ring\"}"), 0U);  // not known is not 0
  EXPECT_EQ(series.count(dropped + "1\",stage=\"nic\"}"), 0U);
  EXPECT_EQ(series.at("rcodescope_frames_backlog"), 11);
  EXPECT_EQ(series.at("rcodescope_conservation_residual{layer=\"source\"}"), 5);
  EXPECT_EQ(series.at("rcodescope_capture_lag_seconds{source=\"eth1,eth2\"}"), 0.5);
  EXPECT_EQ(series.at("rcodescope_link_up{source=\"eth1\"}"), 1);
  EXPECT_EQ(series.at("rcodescope_link_up{source=\"eth2\"}"), 0);
  EXPECT_EQ(series.at("rcodescope_source_gaps_total{source=\"eth2\"}"), 2);
  EXPECT_EQ(series.at("rcodescope_worker_busy_ratio{worker=\"0\"}"), 0.25);
  EXPECT_EQ(series.at("rcodescope_worker_stalled{worker=\"1\"}"), 1);
  EXPECT_EQ(series.at("rcodescope_sandbox{feature=\"seccomp\"}"), 1);
  EXPECT_EQ(series.at("rcodescope_sandbox{feature=\"user\"}"), 0);
}

TEST(PrometheusPage, AReplayHasNoLiveSeries) {
  const std::string page = PrometheusPage(BusyMinute().snapshot(), kVersion);
  for (const char* name : {"link_up", "worker_", "sandbox", "capture_lag", "frames_backlog"}) {
    EXPECT_EQ(page.find(name), std::string::npos) << name;
  }
  EXPECT_EQ(page.find("layer=\"source\""), std::string::npos);
}

TEST(PrometheusPage, ALivePageShowsTheExportedKeysAndWhatLeft) {
  SnapshotBuilder builder = BusyMinute();
  ExportedKeys exported{.admitted = 3, .evicted = 2};
  exported.keys.push_back({.key = "198.51.100.7", .rcodes = {{kNoError, 0}, {kServFail, 11}}});
  exported.other = {.key = "other", .rcodes = {{kNoError, 8400}, {kServFail, 200}}};
  exported.retired = {{kNoError, 100}, {kServFail, 39}};
  builder.raw().exported[static_cast<size_t>(Dimension::kClient)] = exported;
  const std::string page = PrometheusPage(builder.snapshot(), kVersion);
  for (const char* line : {
           "client_responses_total{client=\"198.51.100.7\",rcode=\"NOERROR\"} 0\n",
           "client_responses_total{client=\"198.51.100.7\",rcode=\"SERVFAIL\"} 11\n",
           "client_responses_total{client=\"other\",rcode=\"SERVFAIL\"} 200\n",
           "key_retired_responses_total{dimension=\"client\",rcode=\"SERVFAIL\"} 39\n",
           "key_admissions_total{dimension=\"client\"} 3\n",
           "key_evictions_total{dimension=\"client\"} 2\n",
       }) {
    EXPECT_NE(page.find(std::string("rcodescope_") + line), std::string::npos) << line;
  }
  // Of the report's list, nothing.
  EXPECT_EQ(page.find("client=\"198.51.100.8\""), std::string::npos);
}

TEST(PrometheusPage, WithoutAPacketThereIsNoPacketTime) {
  EXPECT_EQ(PrometheusPage(Snapshot{}, kVersion).find("last_packet"), std::string::npos);
}

TEST(PrometheusPage, HelpSaysWhatLow4Hides) {
  std::istringstream lines(PrometheusPage(BusyMinute().snapshot(), kVersion));
  size_t found = 0;
  std::set<std::string> helped;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# HELP ", 0) != 0) continue;
    const std::string name = line.substr(7, line.find(' ', 7) - 7);
    EXPECT_TRUE(helped.insert(name).second) << name;
    if (name != "rcodescope_responses_total" && name != "rcodescope_responses_low4_total") continue;
    ++found;
    EXPECT_NE(line.find("YXRRSET may be BADCOOKIE"), std::string::npos) << line;
    EXPECT_NE(line.find("NOERROR may be BADVERS"), std::string::npos) << line;
  }
  EXPECT_EQ(found, 2U);
}

}  // namespace
}  // namespace rcodescope
