#include "parse/extended_errors.h"

#include <algorithm>
#include <array>

namespace rcodescope {
namespace {

constexpr std::string_view kRegistry = "RFC 8914 §5.2, IANA registry";

constexpr std::array kErrors = {
    ExtendedError{0, "Other", "No code fits; the text beside it may say more.", "Read the text.",
                  "RFC 8914 §4.1"},
    ExtendedError{
        1, "Unsupported DNSKEY Algorithm",
        "The resolver knows no algorithm of the zone's keys, and treats the zone as not signed.",
        "Which algorithm does the zone use? The resolver's library may be too old for it, or have "
        "dropped it.",
        "RFC 8914 §4.2"},
    ExtendedError{
        2, "Unsupported DS Digest Type",
        "The resolver knows no digest of the zone's DS records, and treats the zone as not signed.",
        "The DS records at the parent: at least one should be SHA-256.",
        "RFC 8914 §4.3, RFC 8624 §3.3"},
    ExtendedError{
        3, "Stale Answer", "The data is past its time; the zone's servers could not be reached.",
        "Why are the servers of the zone out of reach? The answer itself is good for now.",
        "RFC 8914 §4.4, RFC 8767 §4"},
    ExtendedError{4, "Forged Answer", "The resolver made the answer up, by its policy.",
                  "Its block lists or policy zones; the answer may be a page that says so.",
                  "RFC 8914 §4.5"},
    ExtendedError{5, "DNSSEC Indeterminate", "Validation came to no result.",
                  "Trust anchors of the resolver.", "RFC 8914 §4.6"},
    ExtendedError{6, "DNSSEC Bogus", "Validation failed; why is not told.",
                  "Ask with dig +cd +dnssec and check the chain from the DS records down.",
                  "RFC 8914 §4.7"},
    ExtendedError{7, "Signature Expired", "No signature of the data is valid any more.",
                  "The zone is not signed again as it should be. If many zones do it at once: the "
                  "resolver's clock.",
                  "RFC 8914 §4.8"},
    ExtendedError{8, "Signature Not Yet Valid", "No signature of the data is valid yet.",
                  "The clock of the signer, or of the resolver.", "RFC 8914 §4.9"},
    ExtendedError{9, "DNSKEY Missing", "A DS record at the parent fits no key of the zone.",
                  "A key roll-over went wrong: compare the parent's DS records with the zone's "
                  "DNSKEY records.",
                  "RFC 8914 §4.10"},
    ExtendedError{10, "RRSIGs Missing", "The data should be signed, and no signature came.",
                  "Servers of the zone that have an unsigned copy, or something in between that "
                  "drops records.",
                  "RFC 8914 §4.11"},
    ExtendedError{11, "No Zone Key Bit Set", "No key of the zone is marked as a zone's key.",
                  "The flags of its DNSKEY records: 256 or 257.",
                  "RFC 8914 §4.12, RFC 4034 §2.1.1"},
    ExtendedError{12, "NSEC Missing", "A negative answer came without its proof.",
                  "Servers of the zone that do not sign negative answers, or have a zone in parts.",
                  "RFC 8914 §4.13"},
    ExtendedError{13, "Cached Error", "The resolver remembers a failure and did not try again.",
                  "The first failure, with its own code; this one ends by itself within 5 minutes.",
                  "RFC 8914 §4.14, RFC 9520 §3.2"},
    ExtendedError{14, "Not Ready", "The server is starting.",
                  "Whether it ever gets ready: zones to load, upstreams to reach.",
                  "RFC 8914 §4.15"},
    ExtendedError{15, "Blocked", "The operator of the server has the name on a list.",
                  "Its block lists.", "RFC 8914 §4.16"},
    ExtendedError{16, "Censored", "Someone outside has demanded that the name be blocked.",
                  "Nothing to repair; the list is not the operator's own.", "RFC 8914 §4.17"},
    ExtendedError{17, "Filtered", "The client has asked for a filter, and the name is on its list.",
                  "The settings of that client, as a filter for families.", "RFC 8914 §4.18"},
    ExtendedError{18, "Prohibited", "This client may not ask this server.",
                  "The server's access list, and how the client came to use this server.",
                  "RFC 8914 §4.19"},
    ExtendedError{
        19, "Stale NXDOMAIN Answer",
        "That the name does not exist is past its time; the zone's servers could not be reached.",
        "As with 3. Some resolvers send 3 for this as well.", "RFC 8914 §4.20"},
    ExtendedError{
        20, "Not Authoritative",
        "The query has no RD, or the server does not resolve, and it does not have the zone.",
        "The delegation that leads here: a server that has dropped the zone.", "RFC 8914 §4.21"},
    ExtendedError{21, "Not Supported", "The server does not do this operation or type of query.",
                  "What is asked for that is not built in.", "RFC 8914 §4.22"},
    ExtendedError{22, "No Reachable Authority",
                  "No server of the zone gave an answer that can be used.",
                  "The zone's servers, from where the resolver stands; many zones at once mean its "
                  "own network.",
                  "RFC 8914 §4.23"},
    ExtendedError{23, "Network Error", "A server could not be reached: the network told an error.",
                  "Routes and filters between resolver and server, IPv6 among them.",
                  "RFC 8914 §4.24"},
    ExtendedError{
        24, "Invalid Data",
        "The server has data of the zone that it cannot use, as a zone file with mistakes.",
        "The server's log about that zone.", "RFC 8914 §4.25"},
    ExtendedError{25, "Signature Expired before Valid", "A signature ends before it begins.",
                  "The signer's settings or its clock.", kRegistry},
    ExtendedError{26, "Too Early",
                  "The server takes no such request in early data, which could be a replay.",
                  "Nothing: the client asks again once the connection stands.",
                  "RFC 9250 §4.5, RFC 9250 §8.3"},
    ExtendedError{27, "Unsupported NSEC3 Iterations Value",
                  "The zone's NSEC3 records ask for more hashing than the resolver does.",
                  "The zone's NSEC3PARAM record: 0 iterations are recommended.",
                  "RFC 9276 §3.1, RFC 9276 §3.2"},
    ExtendedError{28, "Unable to conform to policy",
                  "The request cannot be answered within the policy that was asked for.",
                  "The policy that client and server have agreed on.", kRegistry},
    ExtendedError{29, "Synthesized",
                  "The answer was put together from other records, as an NSEC range.",
                  "Nothing: it is a remark.", kRegistry},
    ExtendedError{30, "Invalid Query Type", "A type was asked for that no one may ask for.",
                  "Who asks for NXNAME, 128, a type that stands in answers only.", "RFC 9824 §3.5"},
};

}  // namespace

std::span<const ExtendedError> ExtendedErrors() { return kErrors; }

const ExtendedError* FindExtendedError(uint16_t info_code) {
  const auto* const found = std::find_if(kErrors.begin(), kErrors.end(), [&](const auto& error) {
    return error.info_code == info_code;
  });
  return found == kErrors.end() ? nullptr : found;
}

std::string_view EdeName(uint16_t info_code) {
  const ExtendedError* const error = FindExtendedError(info_code);
  return error == nullptr ? std::string_view{} : error->name;
}

}  // namespace rcodescope
