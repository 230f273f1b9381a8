#include "parse/rcode_texts_tables.h"

// The codes of UPDATE (RFC 2136 §2.2) and of DSO (RFC 8490 §10.2).
namespace rcodescope::texts {
namespace {

using enum Aspect;
constexpr Opcode kUpdate = Opcode::kUpdate;
constexpr Opcode kNotify = Opcode::kNotify;
constexpr Opcode kDso = Opcode::kDso;

constexpr Statement kYxDomainTexts[] = {
    {kMeaning, "A name exists that should not.", "RFC 2136 §2.2"},
    {kMeaning,
     "In answers to queries it says that a DNAME record made a name longer than 255 octets.",
     "RFC 6672 §2.2"},
    {kPlace,
     "In the header's 4 bits. In a query's answer the DNAME record stands in the answer section.",
     "RFC 6672 §2.2"},
    {kAuthoritative, "A DNAME substitution that gives a name too long. NSD adds EDE 0.",
     "RFC 6672 §2.2"},
    {kResolver, "The same, handed on to the client.", "RFC 6672 §2.2"},
    {kOpcode, "A prerequisite says that a name is not in use, and it is (class NONE, type ANY).",
     "RFC 2136 §3.2.2", kUpdate},
    {kCheck,
     "With UPDATE: whoever registers names found one taken. For DHCP servers that is the normal "
     "way to detect a conflict.",
     "RFC 4703 §5.3"},
    {kCheck, "With QUERY: the names asked for are very long, or a DNAME leads to itself and grows.",
     "RFC 6672 §2.2"},
    {kNeighbour,
     "YXRRSET is about records of one type at a name, YXDOMAIN about the name as a whole.",
     "RFC 2136 §2.2"},
    {kNeighbour, "NXDOMAIN is the opposite: a name that should exist does not.", "RFC 2136 §2.2"},
};

constexpr Statement kYxRrSetTexts[] = {
    {kMeaning, "A set of records exists that should not.", "RFC 2136 §2.2"},
    {kMeaning, "It is the answer to a prerequisite of an update; nothing was changed.",
     "RFC 2136 §3.2.2"},
    {kPlace, "In the header's 4 bits of an answer to UPDATE.", "RFC 2136 §2.2"},
    {kAuthoritative,
     "As primary of the zone, or as a secondary that hands on what the primary said.",
     "RFC 2136 §3.2.2, RFC 2136 §6"},
    {kResolver, "Never. In an answer to a query it is most likely BADCOOKIE, cut short.",
     "RFC 7873 §8"},
    {kOpcode,
     "A prerequisite says that a name has no records of a type, and it has some (class NONE, that "
     "type).",
     "RFC 2136 §3.2.2", kUpdate},
    {kCheck,
     "Is the opcode UPDATE? If it is QUERY, and the OPT record was not read, the code is most "
     "likely BADCOOKIE.",
     "RFC 7873 §8, RFC 6891 §6.1.3"},
    {kCheck,
     "With UPDATE: find out who made the records. The prerequisite is there to protect them; do "
     "not delete them just to get through.",
     "RFC 2136 §3.2.2"},
    {kNeighbour, "BADCOOKIE, 23, has the same 4 bits, 7, and an OPT record with 1 above them.",
     "RFC 6891 §6.1.3, RFC 7873 §8"},
    {kNeighbour, "NXRRSET is the opposite: a set that should exist does not.", "RFC 2136 §2.2"},
    {kNeighbour, "BADNAME also says that a name is taken, but a key's, in a TKEY record.",
     "RFC 2930 §2.6"},
};

constexpr Statement kNxRrSetTexts[] = {
    {kMeaning, "A set of records that should exist does not, or is not the one expected.",
     "RFC 2136 §2.2"},
    {kPlace, "In the header's 4 bits of an answer to UPDATE.", "RFC 2136 §2.2"},
    {kAuthoritative,
     "As primary of the zone, or as a secondary that hands on what the primary said.",
     "RFC 2136 §3.2, RFC 2136 §6"},
    {kResolver, "Never. A type that a name does not have is NOERROR without data.",
     "RFC 2308 §2.2"},
    {kOpcode, "A prerequisite says that a name has records of a type, and it has none (class ANY).",
     "RFC 2136 §3.2.1", kUpdate},
    {kOpcode,
     "Or it lists the records of a set, and the zone's set is not exactly equal: one record more "
     "is as wrong as one less.",
     "RFC 2136 §3.2.3", kUpdate},
    {kCheck,
     "Whoever updates works from an old picture of the zone. Compare what it expects with what the "
     "primary has now.",
     "RFC 2136 §3.2.3"},
    {kCheck,
     "DHCP servers compare their own identifier records in this way; a client with another "
     "identifier gets NXRRSET.",
     "RFC 4703 §5.3"},
    {kNeighbour,
     "NXDOMAIN: the whole name is not in use. NXRRSET: the name may be, but these records are not "
     "there.",
     "RFC 2136 §2.2"},
    {kNeighbour, "24 would have the same 4 bits, but is not assigned.", "RFC 6895 §2.3"},
};

constexpr Statement kNotAuthTexts[] = {
    {kMeaning, "First meaning: the server is not authoritative for the zone.", "RFC 2136 §2.2"},
    {kMeaning,
     "Second meaning: not authorized. A TSIG record stands beside it, with an error that says why, "
     "and that error is what counts.",
     "RFC 8945 §5.2, RFC 6895 §2.3"},
    {kPlace,
     "In the header's 4 bits. Whether a TSIG record with an error is there tells the two meanings "
     "apart.",
     "RFC 6895 §2.3"},
    {kAuthoritative, "A transfer of a zone that it does not have. Some say REFUSED instead.",
     "RFC 5936 §2.2.1"},
    {kAuthoritative,
     "A request signed with a wrong key, secret, or clock: BADKEY, BADSIG, BADTIME or BADTRUNC in "
     "the TSIG record.",
     "RFC 8945 §5.2"},
    {kResolver,
     "Rarely; Knot and BIND say it to updates and transfers that reach the wrong server.",
     "RFC 2136 §3.1.1"},
    {kOpcode, "The zone that the update names is not one of this server's.", "RFC 2136 §3.1.1",
     kUpdate},
    {kOpcode, "The server does not have the zone it is told about.", "RFC 1996 §3.10", kNotify},
    {kCheck,
     "Is there a TSIG error? Then look at that code. Without one: which zone is asked for, and "
     "should this server have it?",
     "RFC 6895 §2.3"},
    {kCheck, "With UPDATE: does the client follow the SOA record's MNAME to the primary?",
     "RFC 2136 §4.3"},
    {kNeighbour, "NOTZONE: the zone is right, but a name in the update lies outside of it.",
     "RFC 2136 §2.2"},
    {kNeighbour, "REFUSED: the server is in charge, or will not say, but not for this sender.",
     "RFC 2136 §3.3"},
    {kNeighbour,
     "EDE 20, Not Authoritative, says the same about a query, as a remark beside another code.",
     "RFC 8914 §4.21"},
};

constexpr Statement kNotZoneTexts[] = {
    {kMeaning, "A name in the update is not in the zone that the update names.", "RFC 2136 §2.2"},
    {kPlace, "In the header's 4 bits of an answer to UPDATE.", "RFC 2136 §2.2"},
    {kAuthoritative,
     "As the server that handles the update. It looks at every name of the prerequisite and update "
     "sections.",
     "RFC 2136 §3.2, RFC 2136 §3.4.1"},
    {kResolver, "Never.", "RFC 2136 §2.2"},
    {kOpcode,
     "A name in a prerequisite or an update lies outside the zone of the zone section. Other "
     "faults may be told first: a TTL where none may be is FORMERR.",
     "RFC 2136 §3.2.5", kUpdate},
    {kCheck,
     "The client guessed the zone's name from the host's. Where a new zone was delegated below the "
     "old one, it must use the new one.",
     "RFC 2136 §2.3"},
    {kNeighbour, "NOTAUTH: the zone itself is not the server's.", "RFC 2136 §3.1.1"},
    {kNeighbour,
     "It is about the zone that the message names, not about all that the server serves.",
     "RFC 2136 §2.2"},
};

constexpr Statement kDsoTypeNiTexts[] = {
    {kMeaning,
     "The server speaks DNS Stateful Operations, but does not know the type of this request.",
     "RFC 8490 §5.1.1"},
    {kPlace,
     "In the header's 4 bits of an answer with opcode DSO, over TCP or TLS. DSO messages have no "
     "OPT record.",
     "RFC 8490 §5.4, RFC 8490 §5.4.1"},
    {kAuthoritative,
     "A primary TLV it has not implemented, as a subscription to a server without push "
     "notifications.",
     "RFC 8490 §5.4.1, RFC 8765 §6.2"},
    {kResolver, "The same.", "RFC 8490 §5.4.1"},
    {kOpcode, "The session goes on; only this request was not taken.", "RFC 8490 §5.1.1", kDso},
    {kCheck,
     "Client and server know different sets of operations. Nothing is broken where the client can "
     "do without.",
     "RFC 8490 §5.1.1"},
    {kNeighbour, "NOTIMP: the server does not know DSO at all.", "RFC 8490 §5.1.1"},
    {kNeighbour,
     "A DSO message that is no response may carry a code as well, as the reason why a session "
     "ends. It is no response code, and not counted.",
     "RFC 8490 §6.6.1"},
};

}  // namespace

constexpr std::span<const Statement> kUpdateTables[] = {
    kYxDomainTexts, kYxRrSetTexts, kNxRrSetTexts, kNotAuthTexts, kNotZoneTexts, kDsoTypeNiTexts};
std::span<const Statement> OfUpdate(size_t index) { return kUpdateTables[index]; }

}  // namespace rcodescope::texts
