// What a spike is called, why, and in which words.
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "aggregate/client_network.h"
#include "aggregate/spike_detector.h"
#include "tests/aggregate/spike_windows.h"

namespace rcodescope {
namespace {

Spike SpikeOf(const std::vector<SmallSite::Error>& errors) {
  SpikeDetector detector;
  for (int64_t second = 0; second < 120; ++second) {
    Window window = SmallSite{}.At(second);
    if (second >= 100) {
      for (const SmallSite::Error& error : errors) SmallSite::Add(error, window);
    }
    detector.Add(window);
  }
  EXPECT_EQ(detector.active().size(), 1U);
  return detector.active().empty() ? Spike{} : detector.active()[0];
}

std::vector<SmallSite::Error> ManyZones(SmallSite::Error error) {
  std::vector<SmallSite::Error> errors;
  for (uint64_t zone = 0; zone < 20; ++zone) {
    error.zone = "z" + std::to_string(zone) + ".test.";
    errors.push_back(error);
    error.first_client += error.clients;
  }
  return errors;
}

// Of so many zones below one country's domain, each from both servers.
std::vector<SmallSite::Error> OnBothServers(uint64_t zones, SmallSite::Error error) {
  std::vector<SmallSite::Error> errors;
  for (uint64_t zone = 0; zone < zones; ++zone) {
    for (const char* server : {"192.0.2.1", "192.0.2.2"}) {
      error.zone = "z" + std::to_string(zone) + ".de.";
      error.server = server;
      errors.push_back(error);
      error.first_client += error.clients;
    }
  }
  return errors;
}

struct Told {
  std::string sentence;
  std::vector<SmallSite::Error> errors;
  SpikeClass expected;
};

TEST(SpikeClass, FollowsFromWhatIsSeen) {
  const std::vector<Told> cases = {
      {"no authority of one zone can be reached",
       {{.rcode = kServFailCode, .zone = "a.com.", .count = 80, .clients = 50, .info_code = 22}},
       SpikeClass::kAuthoritativeOutage},
      {"a signature has expired",
       {{.rcode = kServFailCode, .zone = "a.com.", .count = 80, .clients = 50, .info_code = 7}},
       SpikeClass::kDnssecFailure},
      {"one of two servers refuses a zone",
       {{.rcode = kRefusedCode, .zone = "a.com.", .count = 80, .clients = 50, .names = 30}},
       SpikeClass::kLameDelegation},
      {"a resolver fails for all zones",
       ManyZones({.rcode = kServFailCode, .count = 10, .clients = 8}),
       SpikeClass::kResolverTrouble},
      {"no authority of eight zones can be reached, from each resolver",
       OnBothServers(8, {.rcode = kServFailCode, .count = 5, .clients = 5, .info_code = 22}),
       SpikeClass::kAuthoritativeOutage},
      {"nor of any zone of a country",
       OnBothServers(40, {.rcode = kServFailCode, .count = 2, .clients = 2, .info_code = 22}),
       SpikeClass::kAuthoritativeOutage},
      {"one client asks for it all",
       {{.rcode = kNxDomainCode, .zone = "a.com.", .count = 90, .clients = 1, .names = 9}},
       SpikeClass::kClientGoneWild},
      {"a name each time",
       {{.rcode = kNxDomainCode, .zone = "a.com.", .count = 200, .clients = 90, .names = 195}},
       SpikeClass::kRandomSubdomainAttack},
      {"the same names below one zone again and again, though seldom within a second",
       {{.rcode = kNxDomainCode,
         .zone = "a.com.",
         .count = 200,
         .clients = 90,
         .names = 195,
         .repeated = true}},
       SpikeClass::kTypoLeak},
      {"a private suffix leaks",
       {{.rcode = kNxDomainCode, .zone = "x.corp.", .count = 90, .clients = 60, .names = 80}},
       SpikeClass::kTypoLeak},
      {"a policy blocks",
       {{.rcode = kNxDomainCode, .zone = "a.com.", .count = 90, .clients = 60, .info_code = 15}},
       SpikeClass::kPolicyBlock},
      {"large answers are asked for in the name of others",
       {{.rcode = kRefusedCode, .zone = "a.com.", .count = 90, .clients = 6, .qtype = 255}},
       SpikeClass::kReflectionBackscatter},
      {"so are some, while others are answered",
       [] {
         auto errors = OnBothServers(70, {.rcode = kRefusedCode, .count = 1});
         for (size_t i = 0; i < errors.size(); ++i) errors[i].first_client = i * 256 % (50 * 256);
         return errors;
       }(),
       SpikeClass::kRateLimiting},
      {"a few clients are turned away whatever they ask",
       [] {
         auto errors = ManyZones({.rcode = kRefusedCode, .count = 12, .clients = 4});
         for (SmallSite::Error& error : errors) error.first_client = 0;
         return errors;
       }(),
       SpikeClass::kRateLimiting},
  };
  for (const Told& told : cases) {
    SCOPED_TRACE(told.sentence);
    const Spike spike = SpikeOf(told.errors);
    EXPECT_EQ(kSpikeClassTable[static_cast<size_t>(spike.spike_class)].name,
              kSpikeClassTable[static_cast<size_t>(told.expected)].name);
    EXPECT_FALSE(spike.reasons.empty());
  }
}

TEST(SpikeText, IsOneSentence) {
  const Spike spike = SpikeOf({{.rcode = kServFailCode,
                                .zone = "example.com.",
                                .count = 11'800,
                                .clients = 240,
                                .info_code = 22}});
  EXPECT_EQ(spike.text,
            "SERVFAIL +11.8 k/s for example.com.: 100 % server 192.0.2.1, EDE 22 No Reachable "
            "Authority, 240 clients; rest of the fleet normal; baseline provisional");
}

TEST(SpikeParts, SharesAreOfWhatIsMoreThanUsual) {
  const Spike spike = SpikeOf(ManyZones({.rcode = kServFailCode, .count = 10, .clients = 8}));
  ASSERT_EQ(spike.explains.size(), 1U);
  EXPECT_EQ(spike.explains[0].server, "192.0.2.1");
  EXPECT_NEAR(spike.explains[0].share, 1, 1e-9);
}

TEST(SpikeParts, FewClientsSayMoreThanAllServers) {
  std::vector<SmallSite::Error> errors =
      ManyZones({.rcode = kRefusedCode, .count = 12, .clients = 3});
  for (size_t i = 0; i < errors.size(); ++i) {
    errors[i].first_client = 0;
    errors[i].zone = "z" + std::to_string(i) + ".com.";  // that all lie below com. says little
    errors[i].server = i % 2 == 0 ? "192.0.2.1" : "192.0.2.2";
  }
  const Spike spike = SpikeOf(errors);
  ASSERT_EQ(spike.explains.size(), 3U);
  for (const SpikePart& part : spike.explains) {
    EXPECT_TRUE(part.server.empty());
    EXPECT_FALSE(part.client.empty());
  }
}

TEST(SpikeClassTable, NamesAreTheContracts) {
  std::vector<std::string> names;
  for (const SpikeClassEntry& entry : kSpikeClassTable) {
    names.emplace_back(entry.name);
    EXPECT_FALSE(entry.check_next.empty());
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"authoritative_outage", "dnssec_failure", "lame_delegation",
                                      "resolver_trouble", "client_gone_wild",
                                      "random_subdomain_attack", "typo_leak", "policy_block",
                                      "reflection_backscatter", "rate_limiting", "unknown"}));
}

TEST(ClientNetwork, IsOfTheAddressOrTheLongerPrefix) {
  EXPECT_EQ(NetworkOf("192.0.2.77", 24, 48), "192.0.2.0/24");
  EXPECT_EQ(NetworkOf("2001:db8:1:2::9", 24, 48), "2001:db8:1::/48");
  EXPECT_EQ(NetworkOf("192.0.0.0/16", 24, 48), "192.0.0.0/16");
  EXPECT_EQ(NetworkOf("", 24, 48), "");
  EXPECT_TRUE(LiesIn("192.0.2.77", "192.0.2.0/24"));
  EXPECT_FALSE(LiesIn("192.0.3.77", "192.0.2.0/24"));
  EXPECT_FALSE(LiesIn("192.0.0.0/16", "192.0.2.0/24"));
  EXPECT_FALSE(LiesIn("2001:db8::1", "192.0.2.0/24"));
}

}  // namespace
}  // namespace rcodescope
