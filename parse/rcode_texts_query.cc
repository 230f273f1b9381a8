#include "parse/rcode_texts_tables.h"

// The codes of the header that every opcode has: RFC 1035 §4.1.1.
namespace rcodescope::texts {
namespace {

using enum Aspect;
constexpr Opcode kUpdate = Opcode::kUpdate;
constexpr Opcode kNotify = Opcode::kNotify;
constexpr Opcode kDso = Opcode::kDso;

constexpr Statement kNoErrorTexts[] = {
    {kMeaning, "The server took the request and found nothing wrong with it.", "RFC 1035 §4.1.1"},
    {kMeaning,
     "It does not promise data: a name without records of the type asked for, and a referral to "
     "other servers, are NOERROR too. Only the sections tell which.",
     "RFC 2308 §2.2"},
    {kPlace, "In the header's 4 bits, with 0 or nothing in the OPT record.", "RFC 6891 §6.1.3"},
    {kPlace,
     "Beside an error in a TKEY record the header says NOERROR as well; the error counts then.",
     "RFC 2930 §2.6"},
    {kAuthoritative,
     "An answer; or no data, with the zone's SOA record in authority; or a referral, with NS "
     "records there.",
     "RFC 2308 §2.2"},
    {kAuthoritative,
     "A name that has no records itself but others below it is NOERROR without data, not NXDOMAIN.",
     "RFC 8020 §2"},
    {kResolver,
     "An answer or no data, found out or from its cache. AD is set where the resolver has "
     "validated all of it.",
     "RFC 4035 §3.2.3"},
    {kResolver, "An old answer may stand in for one that cannot be had; EDE 3 tells.",
     "RFC 8767 §4, RFC 8914 §4.4"},
    {kOpcode,
     "The update was done. Parts may have been passed over without a word: an SOA record with an "
     "older serial, a CNAME beside other data, the last NS record.",
     "RFC 2136 §3.4.2", kUpdate},
    {kOpcode,
     "The secondary has heard that the zone may have changed. Whether it fetches it is another "
     "matter.",
     "RFC 1996 §3.11, RFC 1996 §4.7", kNotify},
    {kOpcode, "The session, or what was asked within it, is granted.", "RFC 8490 §5.4.1", kDso},
    {kCheck,
     "Users see no page though the code is NOERROR: look at the kinds of answer. Much no data "
     "often means a missing AAAA, HTTPS or MX record.",
     "RFC 2308 §2.2"},
    {kCheck, "Empty sections with TC set are an invitation to come by TCP, not an empty answer.",
     "RFC 7766 §5"},
    {kNeighbour,
     "BADVERS and every other code that is a multiple of 16 has NOERROR's 4 bits. Where the "
     "capture was cut before the OPT record, NOERROR is a guess.",
     "RFC 6891 §6.1.3"},
};

constexpr Statement kFormErrTexts[] = {
    {kMeaning, "The server could not make sense of the request.", "RFC 1035 §4.1.1"},
    {kMeaning,
     "The client need not be at fault: a server that does not know EDNS answers FORMERR to every "
     "request with an OPT record.",
     "RFC 6891 §7"},
    {kPlace,
     "In the header's 4 bits. Without an OPT record in the response, the server does not know "
     "EDNS; with one, it disliked something in it.",
     "RFC 6891 §7"},
    {kAuthoritative, "Two OPT records in a request.", "RFC 6891 §6.1.1"},
    {kAuthoritative, "A cookie of a length that cannot be: not 8, nor 16 to 40 octets.",
     "RFC 7873 §5.2.2"},
    {kAuthoritative,
     "A TSIG record that is not the last one, or stands there twice; a MAC of an impossible "
     "length.",
     "RFC 8945 §5.2"},
    {kAuthoritative, "More than one question in a QUERY.", "RFC 9619 §4"},
    {kResolver,
     "For the same reasons, towards its own clients. Towards servers it asks again without EDNS "
     "when it gets a FORMERR, so that clients rarely see those.",
     "RFC 6891 §7"},
    {kOpcode,
     "The zone section does not hold one SOA question; a prerequisite has a TTL or data where it "
     "may have none; a class or type that no update may have.",
     "RFC 2136 §3.1.1, RFC 2136 §3.2, RFC 2136 §3.4.1", kUpdate},
    {kOpcode, "A count of the header is not 0, though a DSO message has no sections.",
     "RFC 8490 §5.4", kDso},
    {kCheck,
     "Which server sends it, and to requests of all clients or of one? All clients: old server or "
     "a middlebox, try dig +noedns. One client: its messages are broken.",
     "RFC 6891 §7"},
    {kCheck,
     "After an update of a server or a resolver: does the other side know every EDNS option that "
     "is sent now? Unknown ones should be ignored.",
     "RFC 6891 §6.1.2"},
    {kNeighbour, "NOTIMP: understood, but not offered. REFUSED: understood, but not for you.",
     "RFC 1035 §4.1.1"},
    {kNeighbour, "BADVERS: EDNS is understood, but not this version of it.", "RFC 6891 §6.1.3"},
};

constexpr Statement kServFailTexts[] = {
    {kMeaning,
     "The server could not do its work. The fault is with it, or with what it depends on, not with "
     "the request.",
     "RFC 1035 §4.1.1"},
    {kPlace, "In the header's 4 bits, often with Extended DNS Errors that say why.", "RFC 8914 §3"},
    {kAuthoritative,
     "It should have the zone but cannot use it: not loaded, expired because no primary could be "
     "reached, or broken.",
     "RFC 2308 §7.1"},
    {kResolver,
     "No server of the zone gave a usable answer: all silent, all refusing, or the delegation "
     "leads nowhere. It has tried the others before it says so.",
     "RFC 2308 §7.1"},
    {kResolver, "DNSSEC validation failed. The same question with CD set then gets an answer.",
     "RFC 4035 §5.5"},
    {kResolver,
     "It remembers the failure for at least 1 second and at most 5 minutes; what is repaired stays "
     "broken for its clients as long.",
     "RFC 9520 §3.2, RFC 2308 §7.1"},
    {kOpcode,
     "The server could not store the change, or not reach the primary it forwards updates to. "
     "Nothing was changed.",
     "RFC 2136 §2.2, RFC 2136 §3.4.2.1", kUpdate},
    {kOpcode, "The server cannot keep the session now.", "RFC 8490 §5.4.1", kDso},
    {kCheck,
     "Group by zone first. One zone: its servers or its signatures. Many zones by one resolver: "
     "its network, its clock or its trust anchor.",
     "RFC 8914 §4.7, RFC 8914 §4.23"},
    {kCheck,
     "Extended errors: 6 to 12 are DNSSEC, 22 and 23 are servers that cannot be reached, 13 is a "
     "failure remembered, 14 a server that has not started yet.",
     "RFC 8914 §4"},
    {kCheck,
     "Ask again with dig +cd. An answer then means validation; still SERVFAIL means servers or "
     "network.",
     "RFC 4035 §3.2.2"},
    {kCheck,
     "Without extended errors nothing is ruled out: BIND 9.18, for one, sends none when validation "
     "fails.",
     "RFC 8914 §2"},
    {kNeighbour, "REFUSED: the server will not. SERVFAIL: it would, but cannot.",
     "RFC 1035 §4.1.1"},
    {kNeighbour, "NXDOMAIN is knowledge about a name. SERVFAIL says nothing about the name at all.",
     "RFC 2308 §2.1"},
};

constexpr Statement kNxDomainTexts[] = {
    {kMeaning,
     "The name does not exist: it has no records of any type, and there are no names below it.",
     "RFC 8020 §2"},
    {kMeaning,
     "With a CNAME or DNAME in the answer it is the last name of the chain that does not exist, "
     "not the one asked for.",
     "RFC 6604 §3, RFC 2308 §2.1"},
    {kPlace,
     "In the header's 4 bits, with the zone's SOA record in authority where it may be cached.",
     "RFC 2308 §3"},
    {kAuthoritative,
     "With AA set: the zone has no such name. DNSSEC proves it with NSEC or NSEC3 records.",
     "RFC 2308 §2.1, RFC 4035 §3.1.3"},
    {kResolver, "From its cache, for the smaller of the SOA record's TTL and its MINIMUM field.",
     "RFC 2308 §5"},
    {kResolver,
     "Made up by itself: from an NSEC range it knows, or from a list of blocked names. Then EDE 15 "
     "to 17 may tell, or 29.",
     "RFC 8198 §5.1, RFC 8914 §4.16"},
    {kOpcode, "A prerequisite says that a name is in use, and it is not (class ANY, type ANY).",
     "RFC 2136 §3.2.1", kUpdate},
    {kOpcode,
     "NSD says so for a zone it does not have; Knot says NOTAUTH, Unbound REFUSED. RFC 1996 names "
     "no code for it.",
     "RFC 1996 §3.10", kNotify},
    {kCheck,
     "One client, many different names: malware, a broken search list or a scanner. Many clients, "
     "one zone: random names sent to its servers.",
     "RFC 8020 §4"},
    {kCheck,
     "One name, all clients: a record was removed, or the zone lost a part. Compare the SOA "
     "serials of its servers.",
     "RFC 1982 §7, RFC 2308 §2.1"},
    {kCheck,
     "Names without a dot, or with a company's suffix twice, come from search lists of stub "
     "resolvers.",
     "RFC 1535 §1"},
    {kNeighbour,
     "A name that exists without the type asked for is NOERROR, kind nodata. A domain without MX "
     "records is no NXDOMAIN.",
     "RFC 2308 §2.2"},
    {kNeighbour,
     "NXRRSET is about a set of records in an update, never about a name that was looked up.",
     "RFC 2136 §2.2"},
};

constexpr Statement kNotImpTexts[] = {
    {kMeaning, "The server does not do this kind of request: it does not know the opcode.",
     "RFC 1035 §4.1.1, RFC 8906 §3.1.4"},
    {kMeaning,
     "It is no answer to an unknown type of record. Those are answered like any other: NOERROR "
     "without data, or NXDOMAIN.",
     "RFC 8906 §3.1.2, RFC 3597 §3"},
    {kPlace, "In the header's 4 bits; the rest of the message may be a bare header.",
     "RFC 8906 §3.1.4"},
    {kAuthoritative, "IQUERY, STATUS, DSO or an opcode that is not assigned.",
     "RFC 3425 §3, RFC 8906 §3.1.4"},
    {kResolver,
     "UPDATE or NOTIFY to a server that only resolves. Unbound, for one, says REFUSED to NOTIFY "
     "instead.",
     "RFC 2136 §3"},
    {kOpcode, "The server takes no updates at all.", "RFC 2136 §3", kUpdate},
    {kOpcode, "The server does not know NOTIFY; the primary should not send it any.",
     "RFC 1996 §4.8", kNotify},
    {kOpcode, "The server does not know DSO; go on without a session.", "RFC 8490 §5.1.1", kDso},
    {kCheck, "Look at the opcode. QUERY with NOTIMP is a broken server or a filter in between.",
     "RFC 8906 §3.1.2"},
    {kNeighbour, "DSOTYPENI: the server does DSO, but not this type of request within it.",
     "RFC 8490 §5.1.1"},
    {kNeighbour,
     "PTR lookups are QUERY. The inverse query that is not implemented any more is opcode 1.",
     "RFC 3425 §3"},
};

constexpr Statement kRefusedTexts[] = {
    {kMeaning, "The server will not do this, by its policy.", "RFC 1035 §4.1.1"},
    {kMeaning,
     "In practice it is also how an authoritative server says that it does not serve the zone at "
     "all. BIND, NSD, Knot and PowerDNS do so, some with EDE 20.",
     "RFC 8914 §4.21"},
    {kPlace,
     "In the header's 4 bits. The query reached a name server: a firewall that drops it gives no "
     "answer at all.",
     "RFC 1035 §4.1.1"},
    {kAuthoritative,
     "The parent's NS records lead here, but the zone is not loaded here: a lame delegation.",
     "RFC 8914 §4.21, RFC 1912 §2.8"},
    {kAuthoritative, "A zone transfer by someone who is not on the list.", "RFC 5936 §5"},
    {kResolver,
     "The client is in no network that may ask it. EDE 18 is this, EDE 20 a question without RD.",
     "RFC 8914 §4.19, RFC 8914 §4.21"},
    {kResolver,
     "Servers that limit rates mostly drop answers, or set TC, which asks for TCP. Few say "
     "REFUSED.",
     "RFC 7766 §5"},
    {kOpcode, "The sender may not update this zone, or may not without a key.", "RFC 2136 §3.3",
     kUpdate},
    {kOpcode, "The sender is no primary of this zone.", "RFC 1996 §3.10", kNotify},
    {kOpcode, "Sessions are not for this client.", "RFC 8490 §5.4.1", kDso},
    {kCheck,
     "By server: one server, many zones of others is a delegation left behind, or a reflection "
     "attempt. By client: one network, all names is an access list.",
     "RFC 1912 §2.8"},
    {kCheck,
     "A resolver's clients get SERVFAIL when all servers of a zone say REFUSED. Look for that zone "
     "there.",
     "RFC 2308 §7.1"},
    {kNeighbour,
     "NOTAUTH says that the zone is not mine. REFUSED often means the same in answers to queries.",
     "RFC 2136 §2.2, RFC 8914 §4.21"},
    {kNeighbour, "SERVFAIL is a server that cannot; REFUSED is one that will not.",
     "RFC 1035 §4.1.1"},
};

}  // namespace

constexpr std::span<const Statement> kQueryTables[] = {
    kNoErrorTexts, kFormErrTexts, kServFailTexts, kNxDomainTexts, kNotImpTexts, kRefusedTexts};
std::span<const Statement> OfQuery(size_t code) { return kQueryTables[code]; }

}  // namespace rcodescope::texts
