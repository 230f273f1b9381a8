// Options about what is pushed where.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/app/command_line.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

using Labels = std::map<std::string, std::string>;

TEST(RemoteWrite, IsOffUnlessAUrlIsNamed) {
  const Options options = Good({"replay", "x"});
  EXPECT_TRUE(options.remote_writes.empty());
  EXPECT_EQ(options.remote_write_queue, uint64_t{32} << 20);
  EXPECT_EQ(options.remote_write_spool, "");
  EXPECT_EQ(options.remote_write_spool_size, uint64_t{1} << 30);
}

TEST(RemoteWrite, AReplayHasMorePatienceThanALiveCaptureThatEnds) {
  EXPECT_EQ(Good({"replay", "x"}).remote_write_patience_ns, 60'000'000'000);
  EXPECT_EQ(Good({"live", "-i", "a"}).remote_write_patience_ns, 5'000'000'000);
  EXPECT_EQ(Good({"dpdk"}).remote_write_patience_ns, 5'000'000'000);
}

TEST(RemoteWrite, EveryOptionReachesItsMember) {
  const Options options =
      Good({"live", "-i", "a", "--remote-write", "http://192.0.2.1:9090/api/v1/write",
            "--remote-write", "http://[2001:db8::1]/push", "--external-label", "site=fra1",
            "--external-label", "_A9=x=y z", "--remote-write-queue", "1MiB", "--remote-write-spool",
            "spool", "--remote-write-spool-size", "2GiB", "--remote-write-patience", "7s"});
  EXPECT_EQ(options.remote_writes, (std::vector<std::string>{"http://192.0.2.1:9090/api/v1/write",
                                                             "http://[2001:db8::1]/push"}));
  EXPECT_EQ(options.external_labels, (Labels{{"_A9", "x=y z"}, {"site", "fra1"}}));
  EXPECT_EQ(options.remote_write_queue, uint64_t{1} << 20);
  EXPECT_EQ(options.remote_write_spool, "spool");
  EXPECT_EQ(options.remote_write_spool_size, uint64_t{2} << 30);
  EXPECT_EQ(options.remote_write_patience_ns, 7'000'000'000);
}

TEST(RemoteWrite, TheFileHasListsWhereTheLineRepeats) {
  const TempFile file(
      "remote-write = [\"http://a/w\", \"http://b/w\"]\n"
      "external-label = [\"a=1\", \"b=2\"]\n");
  const Options options = Good({"replay", "--config", file.path(), "x"});
  EXPECT_EQ(options.remote_writes, (std::vector<std::string>{"http://a/w", "http://b/w"}));
  EXPECT_EQ(options.external_labels, (Labels{{"a", "1"}, {"b", "2"}}));
}

TEST(RemoteWrite, WhatCannotBeIsRefused) {
  ExpectUsageErrors(
      {{{"replay", "x", "--external-label", "a=b"},
        "rcodescope: --external-label: without --remote-write, nothing is sent; see rcodescope "
        "replay --help\n"},
       {{"live", "-i", "a", "--remote-write-spool", "d"},
        "rcodescope: --remote-write-spool: without --remote-write, nothing is sent; see rcodescope "
        "live --help\n"},
       {{"replay", "x", "--remote-write", "http://a/w", "--remote-write", "http://a/w"},
        "rcodescope: --remote-write \"http://a/w,http://a/w\": \"http://a/w\" stands there twice "
        "(allowed: URLs, as http://127.0.0.1:9090/api/v1/write); see rcodescope replay --help\n"},
       {{"replay", "x", "--remote-write", "http://a/w", "--to", "5"},
        "rcodescope: --to 5 and --remote-write: time series are of all messages, never of a part; "
        "see rcodescope replay --help\n"}});
  for (const char* url : {"https://a/", "a", "http://", "http://a:0/", "http://a:65536/",
                          "http://user@a/", "http://a/w?x=y", "http://a b/"}) {
    EXPECT_FALSE(Parse({"replay", "x", "--remote-write", url}).options.has_value()) << url;
  }
  for (const char* label : {"a", "=b", "a=", "9a=b", "__a=b", "a-b=c", "a=b,a=c", "a=\n"}) {
    EXPECT_FALSE(Parse({"replay", "x", "--remote-write", "http://a/", "--external-label", label})
                     .options.has_value())
        << label;
  }
}

}  // namespace
}  // namespace rcodescope
