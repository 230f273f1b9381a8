#include "app/config_file.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

// "LINE:COLUMN what" of each problem.
std::vector<std::string> ProblemsOf(const std::string& text) {
  const TempFile file(text);
  Options options;
  std::vector<std::string> problems;
  for (const ConfigProblem& problem : ReadConfigFile(file.path(), options).problems) {
    problems.push_back(std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " +
                       problem.what);
  }
  return problems;
}

// Each problem begins with its row and there are no others.
void ExpectProblems(const std::string& text, const std::vector<std::string>& beginnings) {
  SCOPED_TRACE(text);
  const std::vector<std::string> problems = ProblemsOf(text);
  EXPECT_EQ(problems.size(), beginnings.size()) << testing::PrintToString(problems);
  for (size_t i = 0; i < std::min(problems.size(), beginnings.size()); ++i) {
    EXPECT_TRUE(problems[i].starts_with(beginnings[i])) << problems[i] << "\nshould begin with\n"
                                                        << beginnings[i];
  }
}

TEST(ConfigFile, EveryKeyReachesItsMemberAndTheOthersStay) {
  const TempFile file(
      "workers = 2\n"
      "window = \"500ms\"\n"
      "ports = [53, 5300, \"8053-8060\"]\n"
      "zone-by = \"labels:2\"\n"
      "zones = \"zones.txt\"\n"
      "client-prefix = \"24,56\"\n"
      "memory = \"64MiB\"\n"
      "top = 7\n"
      "listen = \"127.0.0.1:10053\"\n"
      "json = \"r.json\"\n"
      "text = \"off\"\n"
      "public-suffix-list = \"psl.dat\"\n"
      "resync = true\n"
      "color = \"always\"\n"
      "quiet = true\n"
      "log-level = \"error\"\n");
  Options options;
  options.files = {"x.pcap"};
  const ConfigReading reading = ReadConfigFile(file.path(), options);
  EXPECT_TRUE(reading.problems.empty());
  EXPECT_EQ(reading.keys.size(), 16u);

  Options expected;
  expected.files = {"x.pcap"};
  expected.workers = 2;
  expected.window_ns = 500'000'000;
  expected.ports = {{53, 53}, {5300, 5300}, {8053, 8060}};
  expected.zone_by = {ZoneBy::Mode::kLabels, 2};
  expected.zones = "zones.txt";
  expected.client_prefix_v4 = 24;
  expected.client_prefix_v6 = 56;
  expected.memory = 67'108'864;
  expected.top = 7;
  expected.listen = "127.0.0.1:10053";
  expected.json = "r.json";
  expected.text = "";
  expected.public_suffix_list = "psl.dat";
  expected.resync = true;
  expected.color = "always";
  expected.quiet = true;
  expected.log_level = "error";
  EXPECT_EQ(options, expected);
}

TEST(ConfigFile, AListMayBeWrittenInThreeWaysAndASizeInTwo) {
  for (const char* text : {"ports = 5300\n", "ports = \"5300\"\n", "ports = [5300]\n"}) {
    const TempFile file(text);
    Options options;
    EXPECT_TRUE(ReadConfigFile(file.path(), options).problems.empty()) << text;
    EXPECT_EQ(options.ports, (std::vector<PortRange>{{5300, 5300}})) << text;
  }
  const TempFile file("memory = 1048576\nclient-prefix = [24, 56]\n");
  Options options;
  EXPECT_TRUE(ReadConfigFile(file.path(), options).problems.empty());
  EXPECT_EQ(options.memory, 1'048'576u);
  EXPECT_EQ(options.client_prefix_v6, 56);
}

TEST(ConfigFile, AnEmptyFileAndOneOfCommentsAreFine) {
  ExpectProblems("", {});
  ExpectProblems("# nothing\r\n\r\n", {});
  ExpectProblems("\xef\xbb\xbfworkers = 2", {});  // byte order mark, no last newline
}

TEST(ConfigFile, AProblemNamesLineColumnAndWhatIsAllowed) {
  ExpectProblems("workers = 0\n", {"1:11 workers = \"0\": too small (allowed: 1 to 256)"});
  ExpectProblems("# x\n  workers =  257\n",
                 {"2:14 workers = \"257\": too large (allowed: 1 to 256)"});
  ExpectProblems("workers = -1\n", {"1:11 workers = \"-1\": not a number (allowed: 1 to 256)"});
  ExpectProblems("window = \"0s\"\n", {"1:10 window = \"0s\": too small (allowed: 1ms to 1h)"});
  ExpectProblems("ports = [53, 70000]\n",
                 {"1:9 ports = \"53,70000\": port \"70000\" is too large"});
  ExpectProblems("ports = []\n", {"1:9 ports = \"\": port \"\" is not a number"});
  ExpectProblems("zone-by = \"labels\"\n", {"1:11 zone-by = \"labels\": none of the choices"});
  ExpectProblems("listen = \"\\u001b[2J\"\n", {"1:10 listen = \"\\x1b[2J\": no port"});
}

TEST(ConfigFile, AnUnknownKeyIsNamedWhereItStands) {
  ExpectProblems("\n widnow = \"1s\"\n",
                 {"2:2 unknown key \"widnow\" (allowed: interface, port-id, capture, "});
  ExpectProblems("Workers = 1\n", {"1:1 unknown key \"Workers\""});
  ExpectProblems("client_prefix = \"24,56\"\n", {"1:1 unknown key \"client_prefix\""});
  ExpectProblems("[replay]\nworkers = 1\n", {"1:2 unknown key \"replay\""});
  ExpectProblems("[[place]]\nname = \"x\"\n", {"1:3 unknown key \"place\""});
  ExpectProblems("hash-key = 1\n", {"1:1 unknown key \"hash-key\""});
  ExpectProblems("config = \"x\"\n", {"1:1 config: only on the command line"});
}

TEST(ConfigFile, AWrongTypeIsNamedWhereTheValueStands) {
  ExpectProblems("workers = \"4\"\n",
                 {"1:11 workers: a string where an integer belongs (allowed: 1 to 256)"});
  ExpectProblems("workers = 4.0\n", {"1:11 workers: a float where an integer belongs"});
  ExpectProblems("workers = true\n", {"1:11 workers: a boolean where an integer belongs"});
  ExpectProblems("workers = 1979-05-27\n", {"1:11 workers: a date where an integer belongs"});
  ExpectProblems("window = 1\n", {"1:10 window: an integer where a string belongs"});
  ExpectProblems("memory = 1.5\n", {"1:10 memory: a float where a string or an integer belongs"});
  ExpectProblems("quiet = \"true\"\n", {"1:9 quiet: a string where a boolean belongs"});
  ExpectProblems("quiet = 1\n", {"1:9 quiet: an integer where a boolean belongs"});
  ExpectProblems("json = [\"a\"]\n", {"1:8 json: an array where a string belongs"});
  ExpectProblems("json = { a = 1 }\n", {"1:8 json: a table where a string belongs"});
  ExpectProblems("ports = [53,\n 1.5, true]\n",
                 {"2:2 ports: a float where a string, an integer, or an array of them belongs",
                  "2:7 ports: a boolean where a string, an integer, or an array of them belongs"});
}

TEST(ConfigFile, ADuplicateKeyIsAProblemAndTheRestIsReadOn) {
  ExpectProblems("workers = 1\nworkers = 1\n", {"2:1 duplicate key \"workers\""});
  ExpectProblems("top = 1\n \"top\" = [1,\n 2]\n'top' = 3\nwindow = \"0s\"\n",
                 {"2:2 duplicate key \"top\"", "4:1 duplicate key \"top\"", "5:10 window"});
  ExpectProblems("top = 0\ntop = { a = 1 }\n", {"1:7 top = \"0\"", "2:1 duplicate key \"top\""});
}

TEST(ConfigFile, AllProblemsAreReportedInTheOrderOfTheFile) {
  ExpectProblems(
      "workers = 0\n"
      "widnow = \"1s\"\n"
      "top = \"5\"\n"
      "memory ! 5\n"
      "quiet = 1\n"
      "quiet = true\n"
      "ports = \"x\"\n",
      {"1:11 workers", "2:1 unknown key \"widnow\"", "3:7 top: a string", "4:8 ", "5:9 quiet",
       "6:1 duplicate key \"quiet\"", "7:9 ports"});
}

TEST(ConfigFile, WhatStandsAboveSomethingThatIsNeverClosedIsCheckedToo) {
  const std::vector<std::string> problems = ProblemsOf("top = 0\ntext = \"\"\"abc\nworkers = 0\n");
  ASSERT_EQ(problems.size(), 2u) << testing::PrintToString(problems);
  EXPECT_TRUE(problems[0].starts_with("1:7 top = \"0\"")) << problems[0];
  EXPECT_TRUE(problems[1].find("end-of-file") != std::string::npos) << problems[1];
}

TEST(ConfigFile, NoBytesOfTheFileReachAMessageUnescaped) {
  for (const char* text : {"\xff\xfe = 1\n", "\x01\n", "\xc3\xa4 = 1\n", "\"\\u0007\" = 1\n",
                           "top = \x1b[2J\n", "\"\xc2\x9b\" = 1\n"}) {
    const std::vector<std::string> problems = ProblemsOf(text);
    EXPECT_FALSE(problems.empty());
    for (const std::string& problem : problems) {
      for (const char c : problem) EXPECT_TRUE(c >= ' ' && c <= '~') << problem;
    }
  }
}

TEST(ConfigFile, CharactersBeyondAsciiMayStandInCommentsAndOneLineStrings) {
  const TempFile file(
      "# \xc3\xa4\njson = \"\xc3\xa4.json\"  # \xe3\x81\x82\ntext = '\xe3\x81\x82'\n");
  Options options;
  EXPECT_TRUE(ReadConfigFile(file.path(), options).problems.empty());
  EXPECT_EQ(options.json, "\xc3\xa4.json");
  EXPECT_EQ(options.text, "\xe3\x81\x82");

  const std::string what = " a character beyond ASCII outside one-line strings and comments";
  ExpectProblems("top = 1 \xc3\xa4\xc3\xa4\nworkers = 0\n", {"1:9" + what, "2:11 workers"});
  ExpectProblems("json = \"\xc3\xa4\" \xe3\x81\x82\n", {"1:12" + what});
}

TEST(ConfigFile, BracketsThatLeadNowhereAreAnOrdinaryProblem) {
  for (const std::string text : {"[[[1]]]\n", "[\n", "[[=\n"}) {
    const std::vector<std::string> problems = ProblemsOf(text + "top = 0\n");
    ASSERT_EQ(problems.size(), 2u) << testing::PrintToString(problems);
    EXPECT_TRUE(problems[0].starts_with("1:")) << problems[0];
    EXPECT_TRUE(problems[1].starts_with("2:7 top")) << problems[1];
  }
  EXPECT_EQ(ProblemsOf("ports = " + std::string(1000, '[') + "\n").size(), 1u);
}

TEST(ConfigFile, AHundredBadLinesAreEnough) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "\xc3\xa4\n";
  EXPECT_EQ(ProblemsOf(text).size(), 100u);
}

TEST(ConfigFile, TwoReportsInOnePlaceAreAProblemOfTheSecond) {
  ExpectProblems("json = \"-\"\ntext = \"-\"\n",
                 {"2:8 json and text may not write to the same place"});
  ExpectProblems("json = \"-\"\n", {});
}

TEST(ConfigFile, ALineOfMoreThan4096BytesIsPassedOver) {
  std::string dots = "a";
  while (dots.size() < 500'000) dots += ".a";
  ExpectProblems("top = 0\n" + dots + " = 1\nworkers = 0\n",
                 {"1:7 top", "2:1 a line of more than 4096 bytes", "3:11 workers"});
  ExpectProblems("#" + std::string(4095, 'x') + "\n", {});
  ExpectProblems("#" + std::string(4096, 'x'), {"1:1 a line of more than 4096 bytes"});
}

TEST(ConfigFile, AFileOfMoreThanOneMebibyteIsRefusedAsAWhole) {
  const std::string line = "# comment\n";
  std::string text;
  while (text.size() + line.size() <= 1'048'576) text += line;
  text.resize(1'048'576, '\n');
  ExpectProblems(text, {});
  ExpectProblems(text + "\n", {"0:0 larger than 1 MiB"});
}

TEST(CheckConfig, AGoodFileIsOkAndEndsIn0) {
  const TempFile file("workers = 2\n");
  const Outcome outcome = CheckConfig(file.path());
  EXPECT_EQ(outcome.exit_code, ExitCode::kDone);
  EXPECT_EQ(outcome.text, file.path() + ": ok\n");
}

TEST(CheckConfig, ABadFileEndsIn78WithALineForEachProblem) {
  const TempFile file("workers = 0\ntop = 0\n");
  const Outcome outcome = CheckConfig(file.path());
  EXPECT_EQ(outcome.exit_code, ExitCode::kConfig);
  EXPECT_EQ(outcome.text, file.path() + ":1:11: workers = \"0\": too small (allowed: 1 to 256)\n" +
                              file.path() +
                              ":2:7: top = \"0\": too small (allowed: 1 to 1000000)\n");
}

TEST(CheckConfig, AFileThatCannotBeReadEndsIn78) {
  const std::string missing = testing::TempDir() + "/rcodescope-no-such-file.toml";
  EXPECT_EQ(CheckConfig(missing).exit_code, ExitCode::kConfig);
  EXPECT_EQ(CheckConfig(missing).text, missing + ": cannot open: No such file or directory\n");
  EXPECT_EQ(CheckConfig("/").exit_code, ExitCode::kConfig);
  EXPECT_EQ(CheckConfig("/").text, "/: cannot read: Is a directory\n");
}

TEST(ConfigFile, SitesAreTables) {
  const TempFile file(
      "top = 7\n"
      "[[site]]\n"
      "name = \"ams\"\n"
      "prefixes = [\"192.0.2.0/24\", \"2001:db8::53\"]\n"
      "vlan = 10\n"
      "[[site]]\n"
      "name = \"fra 2\"\n"
      "vni = [7, 16777215]\n"
      "erspan = 1023\n"
      "nsid = [\"ns1.fra\", \"0x00fF\"]\n");
  Options options;
  const ConfigReading reading = ReadConfigFile(file.path(), options);
  EXPECT_TRUE(reading.problems.empty()) << reading.problems[0].what;
  ASSERT_EQ(options.sites.size(), 2u);
  const SiteRule& ams = options.sites[0];
  EXPECT_EQ(ams.name, "ams");
  ASSERT_EQ(ams.prefixes.size(), 2u);
  EXPECT_EQ(ams.prefixes[0].address.ToString(), "192.0.2.0");
  EXPECT_EQ(ams.prefixes[0].bits, 120);
  EXPECT_EQ(ams.prefixes[1].address.ToString(), "2001:db8::53");
  EXPECT_EQ(ams.prefixes[1].bits, 128);
  EXPECT_EQ(ams.vlans, std::vector<uint32_t>{10});
  const SiteRule& fra = options.sites[1];
  EXPECT_EQ(fra.name, "fra 2");
  EXPECT_EQ(fra.vnis, (std::vector<uint32_t>{7, 16'777'215}));
  EXPECT_EQ(fra.sessions, std::vector<uint32_t>{1023});
  EXPECT_EQ(fra.nsids, (std::vector<std::string>{"ns1.fra", std::string("\0\xff", 2)}));
}

TEST(ConfigFile, WhatIsWrongWithASiteIsToldWhereItStands) {
  ExpectProblems("site = 1\n", {"1:8 site: [[site]] tables belong here"});
  ExpectProblems("[[site]]\nvlan = 1\n", {"1:1 site: it has no name"});
  ExpectProblems("[[site]]\nname = \"a\"\n", {"1:1 site: nothing says what is one of it"});
  ExpectProblems("[[site]]\nname = \"other\"\nvlan = 1\n",
                 {"2:8 name = \"other\": stands for what no site has"});
  ExpectProblems("[[site]]\nname = \"a\"\nvlan = [1, 4095]\ncolour = 1\n",
                 {"3:12 vlan = 4095: not 1 to 4094", "4:1 unknown key \"colour\" in site"});
  ExpectProblems("[[site]]\nname = \"a\"\nprefixes = \"192.0.2.0/33\"\n",
                 {"3:12 prefixes = \"192.0.2.0/33\": its length is no number that can be"});
  ExpectProblems(
      "[[site]]\nname = \"a\"\nprefixes = \"example.com\"\nnsid = \"0x0\"\n",
      {"3:12 prefixes = \"example.com\": no address", "4:8 nsid = \"0x0\": half a byte"});
}

}  // namespace
}  // namespace rcodescope
