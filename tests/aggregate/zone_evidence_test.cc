// What servers say of their zones: what is believed, of which responses, from when on and how long.
#include "aggregate/zone_evidence.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "aggregate/cut_learner.h"
#include "aggregate/zone_policy.h"
#include "parse/protocol.h"
#include "tests/aggregate/names.h"

namespace rcodescope {
namespace {

constexpr char kFile[] = "/usr/share/publicsuffix/public_suffix_list.dat";
constexpr uint64_t kSecret = 0x5ec2e7;

const ZonePolicy& Policy() {
  static const ZonePolicy policy = ZonePolicy::ByEvidence(*PublicSuffixList::Load(kFile, kSecret));
  return policy;
}

IpAddress Server(uint8_t last) {
  const std::array<std::byte, 4> address = {std::byte{192}, std::byte{0}, std::byte{2},
                                            std::byte{last}};
  return IpAddress::FromIpv4(address.data());
}

// A response, with the names it owns.
struct Response {
  std::string name;
  AnswerKind kind = AnswerKind::kAnswer;
  uint16_t code = kRcodeNoError;
  std::string soa;  // its owner in authority
  std::string ns;
  uint16_t qtype = 1;
  uint16_t flags = kFlagQr | kFlagAa;
  std::string target;  // of a chain
  uint8_t server = 1;
};

// NXDOMAIN for `name` with the SOA of `zone`.
Response Denial(const std::string& name, const std::string& zone) {
  return {.name = name, .kind = AnswerKind::kError, .code = kRcodeNxDomain, .soa = zone};
}

// A server's knowledge, window by window.
class Watcher {
 public:
  explicit Watcher(size_t capacity = 1000) : learner_({.capacity = capacity, .secret = kSecret}) {}

  // Also learns.
  ZoneDecision Decide(const Response& response) {
    question_ = OwnedName(response.name);
    target_ = OwnedName(response.target.empty() ? "." : response.target);
    owner_ = OwnedName(response.soa.empty() ? response.ns : response.soa);
    Observation message{};
    message.is_response = true;
    message.server = Server(response.server);
    message.qname = question_.ref();
    message.qname_labels = LastLabels(message.qname).starts();
    message.qtype = response.qtype;
    message.kind = response.kind;
    message.flags = response.flags;
    message.rcode = {RcodeSpace::kDns, response.code};
    if (!response.target.empty()) message.final_name = target_.ref();
    if (!response.soa.empty() || !response.ns.empty()) message.authority_owner = owner_.ref();
    message.authority_soa = !response.soa.empty();
    const ZoneDecision decision = Policy().Decide(message, {learner_.table().get(), window_});
    if (decision.teaches) learned_.Add(message.server, decision.cut, kSecret);
    return decision;
  }
  std::string Zone(const Response& response) {
    const ZoneDecision decision = Decide(response);
    return PresentationForm(decision.zone);
  }
  EvidenceRefusal Refusal(const Response& response) { return Decide(response).refusal; }

  void Enter(int64_t window) {
    learner_.Add(window_, learned_.cuts());
    learned_.Clear();
    window_ = window;
    learner_.Close(window);
  }
  const CutLearner& learner() const { return learner_; }

 private:
  CutLearner learner_;
  EvidenceSet learned_;
  int64_t window_ = 0;
  OwnedName question_{"."};
  OwnedName target_{"."};
  OwnedName owner_{"."};
};

TEST(ZoneEvidence, ANegativeAnswerNamesItsZone) {
  Watcher watcher;
  EXPECT_EQ(watcher.Zone(Denial("a.b.eng.example.com", "eng.example.com")), "eng.example.com.");
  EXPECT_EQ(
      watcher.Zone(
          {.name = "www.eng.example.com", .kind = AnswerKind::kNodata, .soa = "eng.example.com"}),
      "eng.example.com.");
  EXPECT_EQ(watcher.Zone(Denial("printer.lan.corp", "corp")), "corp.");
  EXPECT_EQ(watcher.Zone(Denial("7.3.2.10.in-addr.arpa", "10.in-addr.arpa")), "10.in-addr.arpa.");
}

TEST(ZoneEvidence, AnAuthoritativeAnswerNamesItsZoneInNsRecords) {
  Watcher watcher;
  Response answer{.name = "www.eng.example.com", .ns = "eng.example.com"};
  EXPECT_EQ(watcher.Zone(answer), "eng.example.com.");
  answer.flags = kFlagQr;  // a resolver's may be of a zone above
  EXPECT_EQ(watcher.Zone(answer), "example.com.");
  EXPECT_EQ(watcher.Zone({.name = "eng.example.com", .qtype = kTypeSoa}), "eng.example.com.");
}

TEST(ZoneEvidence, AReferralIsOfTheZoneAbove) {
  Watcher watcher;
  const auto referral = [](const std::string& name, const std::string& ns) {
    return Response{.name = name, .kind = AnswerKind::kReferral, .ns = ns, .flags = kFlagQr};
  };
  EXPECT_EQ(watcher.Zone(referral("x.eng.example.com", "eng.example.com")), "example.com.");
  EXPECT_EQ(watcher.Zone(referral("www.example.com", "example.com")), "com.");  // by com
  EXPECT_EQ(watcher.Zone(referral("www.example.com", "com")), ".");             // by the root
  EXPECT_EQ(watcher.Zone(referral("www.example.co.uk", "example.co.uk")), "co.uk.");
  EXPECT_EQ(watcher.Zone(referral("www.example.co.uk", "uk")), ".");
  EXPECT_EQ(watcher.Zone(referral("a.lan.corp", "lan.corp")), "corp.");
  EXPECT_EQ(watcher.Zone(referral("4.3.2.10.in-addr.arpa", "2.10.in-addr.arpa")),
            "10.in-addr.arpa.");
}

TEST(ZoneEvidence, DsIsAnsweredFromAbove) {
  Watcher watcher;
  EXPECT_EQ(watcher.Zone({.name = "example.com", .qtype = kTypeDs}), "com.");
  EXPECT_EQ(watcher.Zone({.name = "com", .qtype = kTypeDs}), ".");
  EXPECT_EQ(watcher.Zone({.name = "eng.example.com", .qtype = kTypeDs}), "example.com.");
  EXPECT_EQ(
      watcher.Zone(
          {.name = "example.com", .kind = AnswerKind::kNodata, .soa = "com", .qtype = kTypeDs}),
      "com.");
}

// RFC 6604 §3, RFC 2308 §2.1.
TEST(ZoneEvidence, WhatIsNotThereIsOfTheLastTargetsZone) {
  Watcher watcher;
  Response denial = Denial("www.example.com", "eng.example.net");
  denial.target = "nothere.eng.example.net";
  EXPECT_EQ(watcher.Zone(denial), "eng.example.net.");
  denial.soa = "example.com";  // which does not hold the target
  EXPECT_EQ(watcher.Refusal(denial), EvidenceRefusal::kOtherBranch);
  EXPECT_EQ(watcher.Zone(denial), "example.net.");
  EXPECT_EQ(watcher.Zone({.name = "www.example.com", .target = "www.example.net"}), "example.com.");
}

TEST(ZoneEvidence, RootAndTopLevelDomainsDenyWhatIsNotDelegated) {
  Watcher watcher;
  EXPECT_EQ(watcher.Zone(Denial("nosuch.com", "com")), "com.");
  EXPECT_EQ(watcher.Zone(Denial("www.deep.nosuch.com", "com")), "com.");
  EXPECT_EQ(watcher.Zone(Denial("a.b.localdomain", ".")), ".");
  EXPECT_EQ(watcher.Zone({.name = "com", .kind = AnswerKind::kNodata, .soa = "."}), ".");
}

TEST(ZoneEvidence, ForgedOwnersAreRefused) {
  Watcher watcher;
  const auto refused = [&](const Response& response) {
    EXPECT_EQ(watcher.Zone(response), "example.com.") << response.soa << response.ns;
    return watcher.Refusal(response);
  };
  EXPECT_EQ(refused(Denial("www.example.com", "example.net")), EvidenceRefusal::kOtherBranch);
  EXPECT_EQ(refused(Denial("www.example.com", "xample.com")), EvidenceRefusal::kOtherBranch);
  EXPECT_EQ(refused(Denial("www.example.com", "a.www.example.com")), EvidenceRefusal::kOtherBranch);
  EXPECT_EQ(refused(Denial("www.example.com", ".")), EvidenceRefusal::kAboveSuffix);
  EXPECT_EQ(refused(Denial("www.example.com", "www.example.com")), EvidenceRefusal::kDeniedApex);
  EXPECT_EQ(refused({.name = "www.example.com", .kind = AnswerKind::kNodata, .soa = "com"}),
            EvidenceRefusal::kAboveSuffix);
  EXPECT_EQ(refused({.name = "www.example.com", .ns = "com"}), EvidenceRefusal::kAboveSuffix);
  EXPECT_EQ(refused({.name = "www.example.com", .kind = AnswerKind::kReferral, .ns = "net"}),
            EvidenceRefusal::kOtherBranch);
  watcher.Enter(2);
  EXPECT_EQ(watcher.learner().tracked(), 0U);
}

// Whatever a forger says of zones above, nobody else's responses change their zone.
TEST(ZoneEvidence, NoRecordCapturesOtherResponses) {
  Watcher watcher;
  for (const char* owner : {".", "com", "net", "example.net", "uk", "co.uk"}) {
    for (const char* name : {"www.example.com", "example.com", "a.nosuch.com", "nosuch.co.uk"}) {
      watcher.Decide(Denial(name, owner));
      watcher.Decide({.name = name, .kind = AnswerKind::kNodata, .soa = owner});
      watcher.Decide({.name = name, .kind = AnswerKind::kReferral, .ns = owner});
      watcher.Decide({.name = name, .ns = owner});
    }
  }
  watcher.Enter(5);
  EXPECT_EQ(watcher.Zone({.name = "www.example.com"}), "example.com.");
  EXPECT_EQ(watcher.Zone({.name = "example.com"}), "example.com.");
  EXPECT_EQ(watcher.Zone({.name = "www.example.co.uk"}), "example.co.uk.");
  EXPECT_EQ(watcher.Zone({.name = "www.nosuch.com"}), "nosuch.com.");
}

TEST(ZoneEvidence, CountsForTheServersOtherResponsesTwoWindowsLater) {
  Watcher watcher;
  watcher.Enter(10);
  watcher.Decide(Denial("x.eng.example.com", "eng.example.com"));
  const Response other{.name = "www.eng.example.com"};
  EXPECT_EQ(watcher.Zone(other), "example.com.");
  watcher.Enter(11);
  EXPECT_EQ(watcher.Zone(other), "example.com.");
  watcher.Enter(12);
  EXPECT_EQ(watcher.Zone(other), "eng.example.com.");
  EXPECT_EQ(watcher.Zone({.name = "a.b.eng.example.com", .kind = AnswerKind::kTruncated}),
            "eng.example.com.");
  EXPECT_EQ(watcher.Zone({.name = "www.sales.example.com"}), "example.com.");
  EXPECT_EQ(watcher.Zone({.name = "www.eng.example.com", .server = 2}), "example.com.");
  // A referral and DS are of the zone above, though the cut is known.
  EXPECT_EQ(watcher.Zone({.name = "eng.example.com", .qtype = kTypeDs}), "example.com.");
}

TEST(ZoneEvidence, OfSeveralCutsTheLongestCounts) {
  Watcher watcher;
  for (const char* zone : {"10.in-addr.arpa", "2.10.in-addr.arpa", "3.2.10.in-addr.arpa", "corp",
                           "lan.corp", "b.a.lan.corp"}) {
    watcher.Decide(Denial(std::string("x.y.") + zone, zone));
  }
  watcher.Enter(2);
  EXPECT_EQ(watcher.Zone({.name = "4.3.2.10.in-addr.arpa"}), "3.2.10.in-addr.arpa.");
  EXPECT_EQ(watcher.Zone({.name = "4.9.2.10.in-addr.arpa"}), "2.10.in-addr.arpa.");
  EXPECT_EQ(watcher.Zone({.name = "4.9.9.10.in-addr.arpa"}), "10.in-addr.arpa.");
  EXPECT_EQ(watcher.Zone({.name = "www.b.a.lan.corp"}), "b.a.lan.corp.");
  EXPECT_EQ(watcher.Zone({.name = "www.a.lan.corp"}), "lan.corp.");
  EXPECT_EQ(watcher.Zone({.name = "corp"}), "corp.");
}

// 15 minutes: 900 windows of a second.
TEST(ZoneEvidence, ExpiresUnlessItIsSeenAgain) {
  Watcher watcher;
  const Response denial = Denial("x.eng.example.com", "eng.example.com");
  const Response other{.name = "www.eng.example.com"};
  watcher.Decide(denial);
  watcher.Enter(900);
  EXPECT_EQ(watcher.Zone(other), "eng.example.com.");
  watcher.Enter(901);
  EXPECT_EQ(watcher.Zone(other), "example.com.");
  watcher.Decide(denial);  // anew: two windows later again
  watcher.Enter(902);
  EXPECT_EQ(watcher.Zone(other), "example.com.");
  watcher.Enter(903);
  EXPECT_EQ(watcher.Zone(other), "eng.example.com.");
  watcher.Enter(1700);
  watcher.Decide(denial);  // in time: without a gap
  for (const int64_t window : {1701, 1801, 1802, 2600}) {
    watcher.Enter(window);
    EXPECT_EQ(watcher.Zone(other), "eng.example.com.") << window;
  }
  EXPECT_EQ(watcher.learner().tracked(), 1U);
  watcher.Enter(2601);
  EXPECT_EQ(watcher.Zone(other), "example.com.");
  watcher.Enter(2610);
  watcher.Enter(2620);
  EXPECT_EQ(watcher.learner().tracked(), 0U);
}

TEST(ZoneEvidence, AFullTableKeepsWhatItKnows) {
  Watcher watcher(3);
  for (const char* zone : {"a", "b", "c"}) {
    watcher.Decide(
        Denial(std::string("x.") + zone + ".example.com", std::string(zone) + ".example.com"));
  }
  watcher.Enter(1);
  for (const char* zone : {"d", "e"}) {
    const std::string name = std::string(zone) + ".example.com";
    EXPECT_EQ(watcher.Zone(Denial("x." + name, name)), name + ".");  // itself it still decides
  }
  watcher.Enter(3);
  EXPECT_EQ(watcher.learner().tracked(), 3U);
  EXPECT_EQ(watcher.learner().refused(), 2U);
  EXPECT_EQ(watcher.Zone({.name = "www.a.example.com"}), "a.example.com.");
  EXPECT_EQ(watcher.Zone({.name = "www.d.example.com"}), "example.com.");
}

TEST(ZoneEvidence, OfAWindowHasALimit) {
  EvidenceSet set;
  const auto name = [](size_t i) { return OwnedName("n" + std::to_string(i) + ".example.com"); };
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < EvidenceSet::kMost + 10; ++i) set.Add(Server(1), name(i).ref(), kSecret);
    for (size_t i = 0; i < 100; ++i) set.Add(Server(1), name(i).ref(), kSecret);  // again
    EXPECT_EQ(set.cuts().size(), EvidenceSet::kMost);
    EXPECT_EQ(set.refusals()[static_cast<size_t>(EvidenceRefusal::kNoRoom)], 10U);
    set.Clear();
    EXPECT_TRUE(set.cuts().empty());
  }
}

// Where PlainZone answers, Decide must say the same, teach nothing and refuse nothing.
class PlainZone : public testing::Test {
 protected:
  void Check(const Observation& message) {
    const NameRef plain = Policy().PlainZone(message, {});
    if (plain.empty()) return;
    ++answered_;
    const ZoneDecision decision = Policy().Decide(message, {});
    EXPECT_EQ(PresentationForm(plain), PresentationForm(decision.zone))
        << PresentationForm(message.qname) << " beside "
        << PresentationForm(message.authority_owner) << ", type " << message.qtype << ", "
        << kAnswerKindNames[static_cast<size_t>(message.kind)];
    EXPECT_FALSE(decision.teaches);
    EXPECT_EQ(decision.refusal, EvidenceRefusal::kCount);
  }

  int answered_ = 0;
};

TEST_F(PlainZone, IsWhatIsDecided) {
  const OwnedName stranger("other.example");
  for (const char* text : {".",
                           "com",
                           "example.com",
                           "www.example.com",
                           "a.b.c.example.com",
                           "co.uk",
                           "example.co.uk",
                           "www.example.co.uk",
                           "a.b.c.kobe.jp",
                           "www.city.kobe.jp",
                           "x.ck",
                           "localhost",
                           "a.b.unheard-of",
                           "7.100.51.198.in-addr.arpa",
                           "in-addr.arpa",
                           "e164.arpa",
                           "8.b.d.0.1.0.0.2.ip6.arpa",
                           "x.y.arpa",
                           "example.xn--p1ai",
                           "a.example.museum"}) {
    const OwnedName name(text);
    const LastLabels labels(name.ref());
    std::vector<NameRef> owners{{}, stranger.ref()};
    // As the decoder has them: a part of the question's name.
    for (int count = 0; count <= labels.labels(); ++count) owners.push_back(labels.Suffix(count));
    for (const NameRef& owner : owners) {
      for (size_t kind = 1; kind < kAnswerKinds; ++kind) {
        for (const uint16_t qtype : {uint16_t{1}, kTypeSoa, kTypeDs, kTypeNs, kTypeAxfr}) {
          for (int bits = 0; bits < 16; ++bits) {
            Observation message{};
            message.is_response = true;
            message.opcode = (bits & 1) != 0 ? Opcode::kUpdate : Opcode::kQuery;
            message.qname = name.ref();
            message.qname_labels = labels.starts();
            message.qtype = qtype;
            message.kind = static_cast<AnswerKind>(kind);
            if (message.kind == AnswerKind::kError) message.rcode.code = kRcodeNxDomain;
            message.authority_owner = owner;
            message.authority_soa = !owner.empty() && (bits & 2) != 0;
            if ((bits & 4) != 0) message.final_name = stranger.ref();
            message.flags = (bits & 8) != 0 ? kFlagAa : 0;
            Check(message);
          }
        }
      }
    }
  }
  EXPECT_GT(answered_, 1000);
}

}  // namespace
}  // namespace rcodescope
