#include "parse/rcode_texts_tables.h"

// The codes above 15: of EDNS (RFC 6891, RFC 7873), TSIG (RFC 8945) and TKEY (RFC 2930).
namespace rcodescope::texts {
namespace {

using enum Aspect;

constexpr Statement kBadVersTexts[] = {
    {kMeaning, "The server does not know the version of EDNS that the request uses.",
     "RFC 6891 §6.1.3"},
    {kMeaning,
     "No version but 0 was ever defined, so that someone is testing, or a message was damaged.",
     "RFC 6891 §6.1.3"},
    {kPlace,
     "In two pieces: 0 in the header's 4 bits, 1 in the OPT record's EXTENDED-RCODE. The OPT "
     "record's VERSION is the highest that the server knows.",
     "RFC 6891 §6.1.3"},
    {kAuthoritative, "To any request with an EDNS version above 0. The answer holds no data.",
     "RFC 6891 §6.1.3"},
    {kResolver, "The same; the version is between two neighbours and not handed on.",
     "RFC 6891 §6.1.3, RFC 6891 §6.2.1"},
    {kCheck,
     "Who asks with an unknown version? Surveys of EDNS do. A server that answers NOERROR with "
     "data to them is the broken one.",
     "RFC 8906 §8.2.2"},
    {kNeighbour,
     "NOERROR has the same 4 bits. A tool that reads the header only counts BADVERS as NOERROR.",
     "RFC 6891 §6.1.3"},
    {kNeighbour,
     "BADSIG has the same number, 16, but stands in a TSIG or TKEY record. The field tells which "
     "it is.",
     "RFC 6895 §2.3"},
    {kNeighbour, "FORMERR: the server does not know EDNS at all, or an option is malformed.",
     "RFC 6891 §7"},
    {kNeighbour, "There is no BADCKSUM. 16 was given to BADVERS, and EDNS has no checksum.",
     "RFC 6891 §9"},
};

constexpr Statement kBadSigTexts[] = {
    {kMeaning,
     "The signature of the request does not fit: another secret, or the message was altered on its "
     "way.",
     "RFC 8945 §5.2.2"},
    {kPlace,
     "In the Error field of the TSIG record. The header says NOTAUTH, and the response is not "
     "signed.",
     "RFC 8945 §5.2.2, RFC 8945 §5.3.2"},
    {kPlace, "A TKEY record may carry it as well, with the same meaning.", "RFC 2930 §2.6"},
    {kAuthoritative, "To updates and transfers, mostly: those are what people sign.",
     "RFC 8945 §5.2.2"},
    {kResolver, "Where clients sign their queries.", "RFC 8945 §5.2.2"},
    {kCheck,
     "Key name and algorithm were recognized, so compare the secrets: a line break, another base64 "
     "text, a key that one side has changed.",
     "RFC 8945 §5.2.1, RFC 8945 §5.2.2"},
    {kCheck, "Secrets are equal: something in between rewrites DNS messages, as some firewalls do.",
     "RFC 8945 §5.2.2"},
    {kNeighbour,
     "BADKEY: the key's name or algorithm is not known. BADSIG: it is, but the signature is wrong. "
     "Keys are looked up first.",
     "RFC 8945 §5.2"},
    {kNeighbour, "BADVERS has the same number, 16, in header and OPT record.", "RFC 6895 §2.3"},
};

constexpr Statement kBadKeyTexts[] = {
    {kMeaning, "The server does not know the key: its name, or the algorithm it is used with.",
     "RFC 8945 §5.2.1"},
    {kPlace,
     "In the Error field of the TSIG record. The header says NOTAUTH, and the response is not "
     "signed.",
     "RFC 8945 §5.2.1, RFC 8945 §5.3.2"},
    {kPlace,
     "In the Error field of a TKEY record, where the header says NOERROR: the key offered cannot "
     "be used, or the GSS exchange failed.",
     "RFC 2930 §4.1, RFC 3645 §4.1.3"},
    {kAuthoritative, "To updates, transfers and TKEY requests.", "RFC 8945 §5.2.1"},
    {kResolver, "Where clients sign their queries.", "RFC 8945 §5.2.1"},
    {kCheck,
     "Compare the key's name letter by letter, with its dot at the end, and the algorithm on both "
     "sides. An algorithm that one side has dropped gives BADKEY, too.",
     "RFC 8945 §5.2.1"},
    {kCheck,
     "A key made by TKEY is gone after its time, or when the server forgets it; then the client "
     "has to make a new one.",
     "RFC 2930 §2.4"},
    {kNeighbour, "BADSIG: the key is known, but the secret is another one.", "RFC 8945 §5.2.2"},
    {kNeighbour, "BADALG is TKEY's. In a TSIG record an unknown algorithm is BADKEY.",
     "RFC 2930 §2.6, RFC 8945 §5.2.1"},
};

constexpr Statement kBadTimeTexts[] = {
    {kMeaning, "The request was signed at another time than the server's clock allows.",
     "RFC 8945 §5.2.3"},
    {kMeaning,
     "Also said of a time older than one already seen from that key, if the server keeps track.",
     "RFC 8945 §5.2.3"},
    {kPlace,
     "In the Error field of the TSIG record. The header says NOTAUTH. The response is signed, and "
     "its Other Data is the server's time.",
     "RFC 8945 §5.2.3"},
    {kAuthoritative, "To updates and transfers; the signature itself was right.", "RFC 8945 §5.2"},
    {kResolver, "Where clients sign their queries.", "RFC 8945 §5.2.3"},
    {kCheck, "Clocks of both sides. 300 seconds of difference is the fudge that is recommended.",
     "RFC 8945 §10"},
    {kCheck, "A client that repeats a stored message, or a replay of a capture, gets it as well.",
     "RFC 8945 §5.2.3"},
    {kNeighbour,
     "BADSIG: the signature is wrong. With BADTIME it is right; the time was checked after it.",
     "RFC 8945 §5.2"},
};

constexpr Statement kBadModeTexts[] = {
    {kMeaning, "The server does not do this mode of TKEY, or not with this request.",
     "RFC 2930 §2.5, RFC 2930 §2.6"},
    {kPlace,
     "In the Error field of the TKEY record in the answer section. The header says NOERROR.",
     "RFC 2930 §2.6, RFC 2930 §4"},
    {kAuthoritative,
     "A TKEY query with a mode that is not built in or not switched on. Modes are GSS-API, "
     "Diffie-Hellman, keys set by one side, and deletion.",
     "RFC 2930 §2.5"},
    {kResolver, "The same, where it takes TKEY at all.", "RFC 2930 §2.5"},
    {kCheck,
     "What does the client want? Windows clients use GSS-API, mode 3; the server needs a keytab "
     "for it.",
     "RFC 3645 §4.1.1"},
    {kCheck, "Diffie-Hellman, mode 2, has left several servers.", "RFC 2930 §4.1"},
    {kNeighbour, "BADALG: the mode is known, but not the algorithm of the key.", "RFC 2930 §2.6"},
    {kNeighbour, "It has nothing to do with TSIG, nor with an opcode.", "RFC 2930 §2.5"},
};

constexpr Statement kBadNameTexts[] = {
    {kMeaning, "The key's name cannot be used: it is taken.", "RFC 2930 §2.1"},
    {kMeaning, "Also said when a key is to be deleted that the server does not know.",
     "RFC 2930 §4.2"},
    {kPlace,
     "In the Error field of the TKEY record in the answer section. The header says NOERROR.",
     "RFC 2930 §2.6, RFC 2930 §4"},
    {kAuthoritative,
     "A TKEY query that names a key that is there already. With GSS-API: the context is already "
     "established.",
     "RFC 2930 §2.1, RFC 3645 §4.1.1"},
    {kResolver, "The same, where it takes TKEY at all.", "RFC 2930 §2.1"},
    {kCheck,
     "Making or deleting? The mode of the TKEY record tells; 5 is deletion, and then the key is "
     "gone already.",
     "RFC 2930 §2.5, RFC 2930 §4.2"},
    {kCheck,
     "Making: does the client choose a random name for each key? Two clients that share one "
     "collide.",
     "RFC 2930 §2.1"},
    {kNeighbour, "BADKEY: no such key when a message is signed with it.", "RFC 8945 §5.2.1"},
    {kNeighbour,
     "YXDOMAIN and YXRRSET also say that something is taken, but names and records of a zone, in "
     "the header of an answer to UPDATE.",
     "RFC 2136 §2.2"},
};

constexpr Statement kBadAlgTexts[] = {
    {kMeaning, "The server cannot make a key for the algorithm that the TKEY record names.",
     "RFC 2930 §2.6"},
    {kPlace,
     "In the Error field of the TKEY record in the answer section. The header says NOERROR.",
     "RFC 2930 §2.6, RFC 2930 §4"},
    {kAuthoritative,
     "A TKEY query with an algorithm that is not built in, or not fit for the mode.",
     "RFC 2930 §2.6"},
    {kResolver, "The same, where it takes TKEY at all.", "RFC 2930 §2.6"},
    {kCheck,
     "Algorithm of the client's TKEY record, as hmac-sha256 or gss-tsig, against what the server "
     "offers.",
     "RFC 8945 §6, RFC 3645 §2.2"},
    {kNeighbour, "BADKEY: what TSIG says to an unknown algorithm.", "RFC 8945 §5.2.1"},
    {kNeighbour, "DNSSEC algorithms never give it. What a resolver cannot validate is EDE 1.",
     "RFC 8914 §4.2"},
};

constexpr Statement kBadTruncTexts[] = {
    {kMeaning, "The signature is right, but shorter than the server's policy allows.",
     "RFC 8945 §5.2.4"},
    {kPlace,
     "In the Error field of the TSIG record. The header says NOTAUTH. The response should be "
     "signed.",
     "RFC 8945 §5.2.4"},
    {kAuthoritative, "To updates and transfers of a client that cuts its MACs.", "RFC 8945 §5.2.4"},
    {kResolver, "Where clients sign their queries.", "RFC 8945 §5.2.4"},
    {kCheck,
     "Key settings on both sides: a name like hmac-sha256-128 in one of them means a MAC cut to "
     "128 bits.",
     "RFC 8945 §6, RFC 8945 §5.2.4"},
    {kNeighbour, "A MAC shorter than half of the hash, or than 10 octets, is FORMERR.",
     "RFC 8945 §5.2.2.1"},
    {kNeighbour,
     "The TC bit: a message that was too long to be sent. BADTRUNC is not about the length of "
     "messages.",
     "RFC 8945 §5.3, RFC 2181 §9"},
};

constexpr Statement kBadCookieTexts[] = {
    {kMeaning, "The server wants a valid server cookie, and gives one in this very answer.",
     "RFC 7873 §5.2.3"},
    {kMeaning, "It is a normal step of a first contact: the client asks again with that cookie.",
     "RFC 7873 §5.3"},
    {kPlace,
     "In two pieces: 7 in the header's 4 bits, 1 in the OPT record's EXTENDED-RCODE, with a COOKIE "
     "option.",
     "RFC 7873 §8, RFC 6891 §6.1.3"},
    {kAuthoritative,
     "The request has a client cookie alone, or a server cookie that is not valid, and the server "
     "insists; some do so only under load.",
     "RFC 7873 §5.2.3, RFC 7873 §5.2.4"},
    {kAuthoritative,
     "Over TCP it should answer as usual. A request without any COOKIE option never gets it.",
     "RFC 7873 §5.2.1, RFC 7873 §5.2.3"},
    {kResolver, "The same, towards its clients.", "RFC 7873 §5.2.3"},
    {kCheck, "Follow one client: is BADCOOKIE followed by an answer? Then all is well.",
     "RFC 7873 §5.3"},
    {kCheck,
     "BADCOOKIE again and again: servers behind one address do not share their secret, or the "
     "client's address changes on its way.",
     "RFC 7873 §6"},
    {kNeighbour,
     "YXRRSET has the same 4 bits. A tool that reads the header only counts BADCOOKIE as YXRRSET.",
     "RFC 6891 §6.1.3"},
    {kNeighbour, "A cookie of an impossible length is FORMERR.", "RFC 7873 §5.2.2"},
};

}  // namespace

constexpr std::span<const Statement> kExtendedTables[] = {
    kBadKeyTexts, kBadTimeTexts,  kBadModeTexts,  kBadNameTexts,
    kBadAlgTexts, kBadTruncTexts, kBadCookieTexts};
std::span<const Statement> OfExtended(size_t index) { return kExtendedTables[index]; }
std::span<const Statement> OfSixteen(RcodeSpace space) {
  if (space == RcodeSpace::kDns) return kBadVersTexts;
  return kBadSigTexts;
}

}  // namespace rcodescope::texts
