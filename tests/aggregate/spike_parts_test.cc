// Which keys explain a spike, and how many clients it has, of what is more than usual.
#include "aggregate/spike_parts.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/aggregate/spike_windows.h"

namespace rcodescope {
namespace {

Surplus Row(std::string zone, std::string server, std::string client, double count) {
  return {{.rcode = kRefusedCode,
           .zone = std::move(zone),
           .server = std::move(server),
           .client = std::move(client),
           .qtype = 1},
          count};
}

std::string Server(size_t number) { return "192.0.2." + std::to_string(number); }
std::string Client(size_t number) {
  return "10." + std::to_string(number / 250) + "." + std::to_string(number % 250) + ".9";
}
std::string ZoneIn(const std::string& domain, size_t number) {
  return "z" + std::to_string(number) + "." + domain;
}

double Sum(const std::vector<Surplus>& rows) {
  double sum = 0;
  for (const Surplus& row : rows) sum += row.count;
  return sum;
}

// Each of `clients` asks each of `servers`, for another zone each time.
std::vector<Surplus> TurnedAway(size_t clients, size_t servers) {
  std::vector<Surplus> rows;
  for (size_t client = 0; client < clients; ++client) {
    for (size_t server = 1; server <= servers; ++server) {
      const std::string domain = server % 2 == 0 ? "com." : "org.";
      rows.push_back(Row(ZoneIn(domain, rows.size()), Server(server), Client(client), 1));
    }
  }
  return rows;
}

TEST(SpikeParts, FewClientsAreNamedBeforeTheFewServersThatTurnThemAway) {
  const std::vector<Surplus> rows = TurnedAway(7, 4);
  const std::vector<SpikePart> parts = PartsOf(rows, Sum(rows), /*fleet=*/10);
  ASSERT_EQ(parts.size(), 6U);  // which have 6/7, more than 80 %
  for (const SpikePart& part : parts) {
    EXPECT_FALSE(part.client.empty());
    EXPECT_TRUE(part.server.empty());
  }
}

// What comes every day is of other networks, so that the one has less than 80 % with it.
TEST(SpikeParts, ANetworkIsNamedBeforeTheFewServersThatTurnItAway) {
  std::vector<Surplus> rows = TurnedAway(20, 3);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].group.client = "192.168.7." + std::to_string(i % 20);
  }
  for (size_t i = 0; i < 20; ++i) {
    rows.push_back(Row(ZoneIn("net.", i), Server(1 + i % 3), Client(300 * i), 1));
  }
  const std::vector<SpikePart> parts = PartsOf(rows, 60, /*fleet=*/10);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].client, "192.168.7.0/24");
  EXPECT_NEAR(parts[0].share, 1, 1e-9);
}

TEST(SpikeParts, FewServersAreNamedWhereManyClientsAreTurnedAway) {
  const std::vector<Surplus> rows = TurnedAway(60, 4);
  const std::vector<SpikePart> parts = PartsOf(rows, Sum(rows), /*fleet=*/10);
  ASSERT_EQ(parts.size(), 4U);
  for (const SpikePart& part : parts) EXPECT_FALSE(part.server.empty());
}

TEST(SpikeParts, OneClientIsToldOnceWhateverServersItAsked) {
  std::vector<Surplus> rows;
  for (size_t server = 1; server <= 3; ++server) {
    rows.push_back(Row("a.com.", Server(server), Client(0), 10));
  }
  const std::vector<SpikePart> parts = PartsOf(rows, Sum(rows), /*fleet=*/8);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].client, Client(0));
  EXPECT_TRUE(parts[0].server.empty());
  EXPECT_NEAR(parts[0].share, 1, 1e-9);
}

struct World {
  const char* sentence;
  size_t zones = 0;      // of the country that fail, one response each
  size_t elsewhere = 0;  // responses for zones of other domains
  double usual = 0;      // of all, as many are usual
  bool named = false;
};

TEST(SpikeParts, ACountryIsNamedWhereItsDomainFailsAsAWhole) {
  const World worlds[] = {
      {"all lies below it", 30, 0, 0, true},
      {"what else there is comes every day", 30, 6, 6, true},
      {"others fail as well", 30, 6, 0, false},
      {"so few that each can be named", 6, 0, 0, false},
  };
  for (const World& world : worlds) {
    SCOPED_TRACE(world.sentence);
    std::vector<Surplus> rows;
    for (size_t i = 0; i < world.zones + world.elsewhere; ++i) {
      const std::string domain = i < world.zones ? "de." : "com.";
      rows.push_back(Row(ZoneIn(domain, i), Server(1 + i % 3), Client(i), 1));
    }
    const std::vector<SpikePart> parts = PartsOf(rows, Sum(rows) - world.usual, /*fleet=*/3);
    ASSERT_FALSE(parts.empty());
    EXPECT_EQ(parts[0].zone == "de." && parts.size() == 1, world.named);
  }
}

TEST(SpikeClients, AreThoseWhoHaveMuchWhereTheyAreFew) {
  std::vector<Surplus> rows;
  for (size_t i = 0; i < 12; ++i) rows.push_back(Row(ZoneIn("com.", i), Server(1), Client(i), 20));
  for (size_t i = 0; i < 50; ++i) {  // of every day
    rows.push_back(Row(ZoneIn("org.", i), Server(2), Client(100 + i), 1));
  }
  const std::vector<SpikePart> parts = PartsOf(rows, 240, /*fleet=*/2);
  const KnownClients known = ClientsOf(rows, parts, 240);
  EXPECT_EQ(known.clients, 12U);
  EXPECT_NEAR(known.share, 1, 1e-9);
}

TEST(SpikeClients, AreAllWhereEachHasLittle) {
  std::vector<Surplus> rows;
  for (size_t i = 0; i < 300; ++i) {
    rows.push_back(Row("a.com.", Server(1 + i % 2), Client(i), i < 10 ? 9 : 1));
  }
  rows.push_back(Row("b.org.", Server(1), Client(900), 1));  // no part of it
  rows.push_back(Row("a.com.", Server(1), "", 98));          // nobody knows whose
  const double net = Sum(rows) - 1;
  const std::vector<SpikePart> parts = PartsOf(rows, net, /*fleet=*/2);
  ASSERT_FALSE(parts.empty());
  EXPECT_EQ(parts[0].zone, "a.com.");
  const KnownClients known = ClientsOf(rows, parts, net);
  EXPECT_EQ(known.clients, 300U);
  EXPECT_NEAR(known.share, 380.0 / 478, 1e-9);
}

}  // namespace
}  // namespace rcodescope
