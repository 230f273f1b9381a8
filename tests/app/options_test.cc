#include "app/options.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sysexits.h>

#include "app/option_table.h"
#include "tests/app/command_line.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

static_assert(static_cast<int>(ExitCode::kUsage) == EX_USAGE);
static_assert(static_cast<int>(ExitCode::kBadData) == EX_DATAERR);
static_assert(static_cast<int>(ExitCode::kNoInput) == EX_NOINPUT);
static_assert(static_cast<int>(ExitCode::kUnavailable) == EX_UNAVAILABLE);
static_assert(static_cast<int>(ExitCode::kOsError) == EX_OSERR);
static_assert(static_cast<int>(ExitCode::kCannotCreate) == EX_CANTCREAT);
static_assert(static_cast<int>(ExitCode::kNoPermission) == EX_NOPERM);
static_assert(static_cast<int>(ExitCode::kConfig) == EX_CONFIG);

TEST(CommandLine, WithoutOptionsTheDefaultsOfTheContractHold) {
  const Options options = Good({"replay", "x.pcap"});
  EXPECT_EQ(options.command, Command::kReplay);
  EXPECT_EQ(options.files, Arguments({"x.pcap"}));
  EXPECT_EQ(options.filter, "");
  EXPECT_EQ(options.workers, 0);
  EXPECT_EQ(options.window_ns, 1'000'000'000);
  EXPECT_EQ(options.ports, (std::vector<PortRange>{{53, 53}}));
  EXPECT_EQ(options.zone_by.mode, ZoneBy::Mode::kEvidence);
  EXPECT_EQ(options.client_prefix_v4, 32);
  EXPECT_EQ(options.client_prefix_v6, 128);
  EXPECT_EQ(options.memory, 268'435'456u);
  EXPECT_EQ(options.top, 500u);
  EXPECT_EQ(options.listen, "");
  EXPECT_EQ(options.json, "");
  EXPECT_EQ(options.text, "-");
  EXPECT_FALSE(options.hash_key.has_value());
}

TEST(CommandLine, TheDefaultsThatTheHelpTellsAreThoseOfTheStruct) {
  Options options;
  for (const OptionSpec& spec : OptionTable()) {
    if (*spec.default_value == '\0') continue;
    EXPECT_TRUE(SetOption(spec, options, spec.default_value).ok()) << spec.name;
  }
  EXPECT_EQ(options, Options{});
}

TEST(CommandLine, WhatHidesAndWhatShows) {
  EXPECT_EQ(Good({"replay", "--dissect=12", "a.pcap"}).dissect, 12u);
  const Options options = Good({"replay", "--pseudonym-key", "k", "--no-qname", "a.pcap"});
  EXPECT_EQ(options.pseudonym_key, "k");
  EXPECT_TRUE(options.no_qname);
}

TEST(CommandLine, WhichFilesAreReadAndHow) {
  EXPECT_TRUE(Good({"replay", "--merge", "a.pcap", "b.pcap"}).merge);
  EXPECT_EQ(Good({"replay", "--follow", "captures"}).follow, "captures");
}

TEST(CommandLine, EveryOptionReachesItsMember) {
  const Options options = Good({"replay",
                                "--workers",
                                "2",
                                "--window=500ms",
                                "--ports",
                                "5300,53,8053-8060,8061",
                                "--vxlan-ports",
                                "4789,8472",
                                "--zone-by",
                                "labels:3",
                                "--zones",
                                "zones.txt",
                                "--client-prefix",
                                "24,56",
                                "--min-clients",
                                "5",
                                "--memory",
                                "64MiB",
                                "--top",
                                "7",
                                "--listen",
                                "[::1]:10053",
                                "--json",
                                "r.json",
                                "--text",
                                "off",
                                "--public-suffix-list",
                                "psl.dat",
                                "--resync",
                                "--color",
                                "never",
                                "--quiet",
                                "--log-level",
                                "debug",
                                "--hash-key",
                                "0xFFFFFFFFFFFFFFFF",
                                "--html",
                                "r.html",
                                "--openmetrics",
                                "r.om",
                                "--openmetrics-step",
                                "1m",
                                "--into-prometheus",
                                "data",
                                "a.pcap",
                                "-"});
  EXPECT_EQ(options.workers, 2);
  EXPECT_EQ(options.window_ns, 500'000'000);
  EXPECT_EQ(options.ports, (std::vector<PortRange>{{53, 53}, {5300, 5300}, {8053, 8061}}));
  EXPECT_EQ(options.vxlan_ports, (std::vector<PortRange>{{4789, 4789}, {8472, 8472}}));
  EXPECT_EQ(options.zone_by, (ZoneBy{ZoneBy::Mode::kLabels, 3}));
  EXPECT_EQ(options.zones, "zones.txt");
  EXPECT_EQ(options.client_prefix_v4, 24);
  EXPECT_EQ(options.client_prefix_v6, 56);
  EXPECT_EQ(options.min_clients, 5u);
  EXPECT_EQ(options.memory, 67'108'864u);
  EXPECT_EQ(options.top, 7u);
  EXPECT_EQ(options.listen, "[::1]:10053");
  EXPECT_EQ(options.json, "r.json");
  EXPECT_EQ(options.text, "");
  EXPECT_EQ(options.public_suffix_list, "psl.dat");
  EXPECT_TRUE(options.resync);
  EXPECT_EQ(options.color, "never");
  EXPECT_TRUE(options.quiet);
  EXPECT_EQ(options.log_level, "debug");
  EXPECT_EQ(options.hash_key, 0xFFFFFFFFFFFFFFFFu);
  EXPECT_EQ(options.html, "r.html");
  EXPECT_EQ(options.openmetrics, "r.om");
  EXPECT_EQ(options.openmetrics_step_ns, 60'000'000'000);
  EXPECT_EQ(options.into_prometheus, "data");
  EXPECT_EQ(options.files, Arguments({"a.pcap", "-"}));
}

TEST(CommandLine, SingleMessagesAreNotToldWhereTheyAreToBeHidden) {
  const Options options = Good({"replay", "--events", "e.jsonl", "--write", "w.pcapng", "a.pcap"});
  EXPECT_EQ(options.events, "e.jsonl");
  EXPECT_EQ(options.write, "w.pcapng");
  const std::vector<Arguments> hiding = {{"--no-qname"}, {"--pseudonym-key", "k"}};
  for (const Arguments& hide : hiding) {
    for (const char* tell : {"--events", "--write"}) {
      Arguments arguments{"replay", tell, "f", "a.pcap"};
      arguments.insert(arguments.begin() + 1, hide.begin(), hide.end());
      const ParseResult result = Parse(arguments);
      EXPECT_FALSE(result.options.has_value()) << hide.front() << ' ' << tell;
      EXPECT_EQ(result.outcome.exit_code, ExitCode::kUsage) << hide.front() << ' ' << tell;
    }
  }
}

TEST(CommandLine, WhatStandsBehindTwoDashesIsTheFilterWordByWord) {
  EXPECT_EQ(Good({"replay", "x", "--", "udp", "port 53", "--workers"}).filter,
            "udp port 53 --workers");
  EXPECT_EQ(Good({"replay", "x", "--", "not", "--", "tcp"}).filter, "not -- tcp");
  EXPECT_EQ(Good({"replay", "x", "--"}).filter, "");
}

TEST(CommandLine, FilesMayBearTheNamesOfCommandsAndHoldBrackets) {
  const Arguments files = {"replay", "version", "[a]", "[b,c]", "{}", "a,b"};
  Arguments line = {"replay"};
  line.insert(line.end(), files.begin(), files.end());
  EXPECT_EQ(Good(line).files, files);
  EXPECT_EQ(Good({"replay", "x", "--json", "[b,c]"}).json, "[b,c]");
}

TEST(CommandLine, ValuesAtTheEdgesAreTaken) {
  struct Row {
    const char* option;
    const char* value;
  };
  for (const Row& row :
       {Row{"--workers", "1"}, Row{"--workers", "256"}, Row{"--window", "1ms"},
        Row{"--window", "1h"}, Row{"--ports", "1"}, Row{"--ports", "1-65535"},
        Row{"--zone-by", "labels:1"}, Row{"--zone-by", "evidence"}, Row{"--zone-by", "labels:127"},
        Row{"--client-prefix", "0,0"}, Row{"--client-prefix", "32,128"}, Row{"--memory", "1MiB"},
        Row{"--memory", "1TiB"}, Row{"--top", "1"}, Row{"--top", "1000000"},
        Row{"--listen", "0.0.0.0:0"}, Row{"--listen", "[::]:65535"}, Row{"--listen", "off"},
        Row{"--hash-key", "0"}}) {
    EXPECT_TRUE(Parse({"replay", "x", row.option, row.value}).options.has_value())
        << row.option << " " << row.value;
  }
}

TEST(CommandLine, ABadValueEndsIn64AndNamesOptionValueAndWhatIsAllowed) {
  struct Row {
    const char* option;
    const char* value;
    const char* allowed;
  };
  for (const Row& row : {
           Row{"--workers", "0", "1 to 256"},
           Row{"--workers", "257", "1 to 256"},
           Row{"--workers", "-1", "1 to 256"},
           Row{"--workers", "two", "1 to 256"},
           Row{"--window", "0", "1ms to 1h"},
           Row{"--window", "0s", "1ms to 1h"},
           Row{"--window", "999us", "1ms to 1h"},
           Row{"--window", "3601s", "1ms to 1h"},
           Row{"--ports", "70000", "1 to 65535"},
           Row{"--ports", "0", "1 to 65535"},
           Row{"--ports", "65536", "1 to 65535"},
           Row{"--ports", "53,,54", "1 to 65535"},
           Row{"--ports", "60-50", "1 to 65535"},
           Row{"--ports", "53-", "1 to 65535"},
           Row{"--ports", "53-54-55", "1 to 65535"},
           Row{"--zone-by", "labels", "evidence, psl, or labels:N"},
           Row{"--zone-by", "labels:0", "1 to 127"},
           Row{"--zone-by", "labels:128", "1 to 127"},
           Row{"--zone-by", "suffix", "evidence, psl, or labels:N"},
           Row{"--client-prefix", "33,128", "0 to 32"},
           Row{"--client-prefix", "32,129", "0 to 128"},
           Row{"--client-prefix", "24", "0 to 32"},
           Row{"--client-prefix", "24,56,64", "0 to 32"},
           Row{"--memory", "abc", "1MiB to 1TiB"},
           Row{"--memory", "1048575", "1MiB to 1TiB"},
           Row{"--memory", "1025G", "1MiB to 1TiB"},
           Row{"--memory", "64MB", "1MiB to 1TiB"},
           Row{"--top", "0", "1 to 1000000"},
           Row{"--top", "1000001", "1 to 1000000"},
           Row{"--listen", "10053", "a numeric address and a port"},
           Row{"--listen", ":10053", "a numeric address and a port"},
           Row{"--listen", "::1:10053", "a numeric address and a port"},
           Row{"--listen", "[127.0.0.1]:1", "a numeric address and a port"},
           Row{"--listen", "localhost:1", "a numeric address and a port"},
           Row{"--listen", "127.0.0.1:65536", "a numeric address and a port"},
           Row{"--listen", "127.0.0.1:", "a numeric address and a port"},
           Row{"--json", "", "a file name"},
           Row{"--color", "blue", "auto, always, never"},
           Row{"--log-level", "loud", "debug, info, warning, error"},
           Row{"--hash-key", "0x10000000000000000", "64-bit"},
           Row{"--hash-key", "0x", "64-bit"},
       }) {
    const ParseResult result = Parse({"replay", "x", row.option, row.value});
    const std::string& text = result.outcome.text;
    SCOPED_TRACE(text);
    ASSERT_FALSE(result.options.has_value()) << row.option << " " << row.value;
    EXPECT_EQ(result.outcome.exit_code, ExitCode::kUsage);
    EXPECT_TRUE(Contains(text, std::string(row.option) + " \"" + row.value + "\": "));
    const size_t allowed = text.find("(allowed: ");
    ASSERT_NE(allowed, std::string::npos);
    EXPECT_TRUE(Contains(text.substr(allowed), row.allowed));
    EXPECT_TRUE(text.ends_with("; see rcodescope replay --help\n"));
  }
}

TEST(CommandLine, ALineThatMakesNoSenseEndsIn64AndSaysWhy) {
  ExpectUsageErrors({
      {{}, "rcodescope: no command given; see rcodescope --help\n"},
      {{"--"}, "rcodescope: no command given; see rcodescope --help\n"},
      {{"listen"}, "rcodescope: unknown command \"listen\"; see rcodescope --help\n"},
      {{"--workers", "2", "replay", "x"},
       "rcodescope: unknown option \"--workers\"; see rcodescope --help\n"},
      {{"replay"}, "rcodescope: no FILE given; see rcodescope replay --help\n"},
      {{"replay", "--", "udp"}, "rcodescope: no FILE given; see rcodescope replay --help\n"},
      {{"replay", ""}, "rcodescope: an empty FILE name; see rcodescope replay --help\n"},
      {{"replay", "x", "--bogus", "1"},
       "rcodescope: unknown option \"--bogus\"; see rcodescope replay --help\n"},
      {{"replay", "x", "--work", "1"},
       "rcodescope: unknown option \"--work\"; see rcodescope replay --help\n"},
      {{"replay", "x", "-w1"},
       "rcodescope: unknown option \"-w1\"; see rcodescope replay --help\n"},
      {{"replay", "x", "--\x1b[2J"},
       "rcodescope: unknown option \"--\\x1b[2J\"; see rcodescope replay --help\n"},
      {{"replay", "x", "--workers"},
       "rcodescope: --workers: 1 required value missing; see rcodescope replay --help\n"},
      {{"replay", "x", "--json="}, "rcodescope: \"--json=\" has no value; see rcodescope --help\n"},
      {{"replay", "x", "--json", "--text"},
       "rcodescope: --json: value missing before \"--text\"; see rcodescope replay --help\n"},
      {{"replay", "x", "--top", "1", "--top", "1"},
       "rcodescope: --top: given more than once; see rcodescope replay --help\n"},
      {{"replay", "x", "--quiet", "--quiet"},
       "rcodescope: --quiet: given more than once; see rcodescope replay --help\n"},
      {{"replay", "x", "--quiet=maybe"},
       "rcodescope: --quiet \"maybe\": neither (allowed: true or false); see rcodescope replay "
       "--help\n"},
      {{"replay", "x", "--json", "-", "--text", "-"},
       "rcodescope: json and text may not write to the same place; see rcodescope replay --help\n"},
      {{"replay", "x", "--json", "a", "--text", "a"},
       "rcodescope: json and text may not write to the same place; see rcodescope replay --help\n"},
      {{"check-config"}, "rcodescope: no FILE given; see rcodescope check-config --help\n"},
      {{"check-config", "a", "b"},
       "rcodescope: unexpected argument \"b\"; see rcodescope check-config --help\n"},
      {{"check-config", "a", "--", "b"},
       "rcodescope: takes no filter behind --; see rcodescope check-config --help\n"},
      {{"check-config", "a", "--top", "1"},
       "rcodescope: unknown option \"--top\"; see rcodescope check-config --help\n"},
      {{"version", "x"}, "rcodescope: unexpected argument \"x\"; see rcodescope version --help\n"},
  });
}

TEST(CommandLine, JsonOnStandardOutputSilencesTheTextReport) {
  EXPECT_EQ(Good({"replay", "x", "--json", "-"}).text, "");
  EXPECT_EQ(Good({"replay", "x", "--json", "r.json"}).text, "-");
  EXPECT_EQ(Good({"replay", "x", "--json", "-", "--text", "t"}).text, "t");
}

TEST(CommandLine, HelpGoesToStandardOutputAndNamesEveryVisibleOption) {
  const ParseResult result = Parse({"replay", "--help"});
  ASSERT_FALSE(result.options.has_value());
  EXPECT_EQ(result.outcome.exit_code, ExitCode::kDone);
  const std::string& text = result.outcome.text;
  EXPECT_TRUE(Contains(text, "rcodescope replay [options] FILE... [-- BPF]"));
  const ParseResult live = Parse({"live", "--help"});
  EXPECT_EQ(live.outcome.exit_code, ExitCode::kDone);
  EXPECT_TRUE(Contains(live.outcome.text, "rcodescope live [options] -i IFACE"));
  EXPECT_TRUE(Contains(live.outcome.text, "default 127.0.0.1:10053"));
  const ParseResult dpdk = Parse({"dpdk", "--help"});
  EXPECT_EQ(dpdk.outcome.exit_code, ExitCode::kDone);
  EXPECT_TRUE(Contains(dpdk.outcome.text, "rcodescope dpdk [options] -- EAL-ARGUMENTS"));
  EXPECT_TRUE(Contains(dpdk.outcome.text, "default 127.0.0.1:10053"));
  for (const OptionSpec& spec : OptionTable()) {
    const bool shown = spec.scope != OptionScope::kHidden;
    const std::string name = std::string("--") + spec.name + " ";
    EXPECT_EQ(Contains(text, name), shown && spec.BelongsTo(Command::kReplay)) << spec.name;
    EXPECT_EQ(Contains(live.outcome.text, name), shown && spec.BelongsTo(Command::kLive))
        << spec.name;
    EXPECT_EQ(Contains(dpdk.outcome.text, name), shown && spec.BelongsTo(Command::kDpdk))
        << spec.name;
  }
  const ParseResult general = Parse({"--help"});
  EXPECT_EQ(general.outcome.exit_code, ExitCode::kDone);
  for (const char* command : {"replay", "live", "dpdk", "check-config", "version"}) {
    EXPECT_TRUE(Contains(general.outcome.text, command)) << command;
  }
}

TEST(CommandLine, TheOtherCommandsAreTold) {
  EXPECT_EQ(Good({"version"}).command, Command::kVersion);
  EXPECT_EQ(Good({"--version"}).command, Command::kVersion);
  const Options check = Good({"check-config", "f.toml"});
  EXPECT_EQ(check.command, Command::kCheckConfig);
  EXPECT_EQ(check.config, "f.toml");
}

TEST(CommandLine, WinsOverTheConfigurationFile) {
  const TempFile file("workers = 3\ntop = 9\nquiet = true\nlisten = \"127.0.0.1:1\"\n");
  const Options options = Good(
      {"replay", "x", "--top", "7", "--quiet=false", "--listen", "off", "--config", file.path()});
  EXPECT_EQ(options.workers, 3);
  EXPECT_EQ(options.top, 7u);
  EXPECT_FALSE(options.quiet);
  EXPECT_EQ(options.listen, "");
  EXPECT_EQ(options.config, file.path());
  EXPECT_EQ(options.files, Arguments({"x"}));
}

TEST(CommandLine, TheTextReportOfTheFileAndJsonOfTheCommandLineMayCollide) {
  const TempFile file("text = \"-\"\n");
  const ParseResult result = Parse({"replay", "x", "--json", "-", "--config", file.path()});
  ASSERT_FALSE(result.options.has_value());
  EXPECT_EQ(result.outcome.exit_code, ExitCode::kUsage);
}

TEST(CommandLine, ABadConfigurationFileEndsIn78EvenWhereTheCommandLineWins) {
  const TempFile file("top = 0\n");
  const ParseResult result = Parse({"replay", "x", "--top", "7", "--config", file.path()});
  ASSERT_FALSE(result.options.has_value());
  EXPECT_EQ(result.outcome.exit_code, ExitCode::kConfig);
  EXPECT_EQ(result.outcome.text,
            file.path() + ":1:7: top = \"0\": too small (allowed: 1 to 1000000)\n");
}

TEST(CommandLine, AMissingConfigurationFileEndsIn78) {
  const std::string path = testing::TempDir() + "/rcodescope-no-such-file.toml";
  const ParseResult result = Parse({"replay", "x", "--config", path});
  ASSERT_FALSE(result.options.has_value());
  EXPECT_EQ(result.outcome.exit_code, ExitCode::kConfig);
  EXPECT_EQ(result.outcome.text, path + ": cannot open: No such file or directory\n");
}

TEST(OptionTable, NamesAreUniqueAndLowerCaseWithDashes) {
  std::set<std::string> names;
  for (const OptionSpec& spec : OptionTable()) {
    const std::string name = spec.name;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string::npos) << name;
    EXPECT_EQ(FindOption(name), &spec);
  }
  EXPECT_EQ(FindOption("bogus"), nullptr);
}

TEST(OptionTable, ARefusedValueLeavesTheOptionsAsTheyWere) {
  for (const OptionSpec& spec : OptionTable()) {
    Options options;
    const std::string bad(1, '\0');
    EXPECT_FALSE(SetOption(spec, options, bad).ok()) << spec.name;
    EXPECT_EQ(options, Options{}) << spec.name;
  }
}

}  // namespace
}  // namespace rcodescope
