"""Where the tool and tshark may differ, each class with its reason and a test of the cause itself.

A class looks at what the frame holds and at what the tool says became of it, never at file names. A
difference that no class explains is a fault of the tool or a class that is missing.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import records

# Framings the tool does not know, as tshark names the outermost protocol.
UNSUPPORTED_FRAMINGS = {"arcnet", "nflog", "pktap", "ppi", "user_dlt", "wlan"}


@dataclass
class Replay:
    """One capture: what tshark says, what the tool says, and the bytes."""

    capture: object
    truth: list
    run: object

    @cached_property
    def frames(self):
        return records.frames(self.capture.path)

    def frame(self, line):
        return self.frames[line["f"] - 1]


@dataclass
class Difference:
    """A message that only one side has, or that both have with different codes."""

    replay: Replay
    theirs: dict | None = None
    ours: dict | None = None

    def __str__(self):
        frame = (self.theirs or self.ours)["f"]
        end = self.replay.run.disposition(frame)
        return (
            f"{self.replay.capture.name} frame {frame} ({end})"
            f"\n    tshark: {self.theirs}\n    ours:   {self.ours}"
        )

    @property
    def disposition(self):
        return self.replay.run.disposition((self.theirs or self.ours)["f"])

    @cached_property
    def walk(self):
        line = self.theirs or self.ours
        return records.walk(self.replay.frame(line)[0], line)

    def only_theirs(self):
        return self.ours is None

    def only_ours(self):
        return self.theirs is None

    def low4_because(self, *reasons):
        both = self.theirs and self.ours and self.walk
        return bool(both) and self.ours["reason"] in reasons


@dataclass
class Class:
    name: str
    reason: str
    explains: object  # Difference → bool
    count: int = 0


def unsupported_framing(d):
    return (
        d.only_theirs()
        and d.theirs["p"].split(":")[0] in UNSUPPORTED_FRAMINGS
        and d.disposition == "unsupported_link_type"
    )


def tcp_unseen_by_tshark(d):
    """A hole in the stream, or bytes sent again, before the message: tshark waits for ever."""
    if not (d.only_ours() and d.ours["tr"] == "tcp"):
        return False
    expected = None
    for captured, _ in d.replay.frames[: d.ours["f"]]:
        earlier = records.segment(captured, d.ours)
        if earlier is None or earlier.length == 0:
            continue
        if expected not in (None, earlier.sequence):
            return True
        if expected is None and not records.messages(captured, d.ours):
            return True  # the capture begins inside a message
        expected = (earlier.sequence + earlier.length) % 2**32
    return False


def first_fragment_only(d):
    both = d.theirs and d.ours
    return bool(both) and d.ours["reason"] == "first_fragment"


def fragments_too_late(d):
    """The message is counted from its first fragment, and by tshark at the last."""
    return "frag_timeout" in d.replay.capture.name and (d.only_ours() or d.only_theirs())


def snap_cut(d):
    return d.low4_because("snap_length") and d.walk.cut and not d.walk.complete


def ends_before_its_counts(d):
    return (
        d.low4_because("counts_beyond_end", "record_invalid")
        and not d.walk.cut
        and not d.walk.complete
    )


def opt_cut_behind_its_bits(d):
    """The capture ends inside the OPT: its upper bits are there, and tshark drops the record."""
    return (
        bool(d.theirs and d.ours and d.walk)
        and d.ours["certainty"] == "full"
        and d.walk.cut
        and not d.walk.complete
        and [d.ours["xrc"] >> 4] == [opt.upper for opt in d.walk.opts if opt.fits]
    )


def opt_not_believed(d):
    """An OPT outside the additional section, with an owner, or running past the end."""
    return d.low4_because("opt_invalid") and any(
        opt.section != 3 or not opt.root or not opt.fits for opt in d.walk.opts
    )


def several_opts(d):
    return (
        bool(d.theirs and d.ours and d.walk)
        and d.ours["certainty"] == "full"
        and len(d.walk.opts) > 1
        and d.ours["xrc"] >> 4 == d.walk.opts[0].upper
    )


def someip_taken_for_dns(d):
    """SOME/IP Service Discovery: message id 0xffff8100 reads like a DNS id and flags."""
    return (
        d.only_theirs()
        and d.theirs["id"] == 0xFFFF
        and 30490 in (d.theirs["sp"], d.theirs["dp"])
        and d.disposition in ("not_dns_port", "unsupported_link_type")
    )


def quic_taken_for_dns(d):
    """QUIC's long header on port 443: its two upper bits are set (RFC 9000 §17.2)."""
    return (
        d.only_theirs()
        and 443 in (d.theirs["sp"], d.theirs["dp"])
        and d.theirs["id"] >> 14 == 3
        and d.disposition in ("not_dns_port", "encrypted")
    )


def short_header(d):
    """Fewer bytes than a DNS header has: tshark shows what there is."""
    if d.only_theirs() and d.disposition == "held" and None in d.theirs["n"]:
        return True  # in a first fragment that was cut off
    if not (d.only_theirs() and d.disposition in ("malformed_message", "tcp_part")):
        return False
    messages = records.messages(d.replay.frame(d.theirs)[0], d.theirs)
    first = d.theirs["id"].to_bytes(2)
    return any(length < records.HEADER and m[:2] == first for m, length in messages)


def other_family_than_framing(d):
    """LINKTYPE_IPV4 before an IPv6 packet: tshark takes the version's word, we the framing's."""
    return (
        d.only_theirs()
        and d.theirs["p"].startswith("ip:ipv6:")
        and d.replay.frame(d.theirs)[0][0] >> 4 == 6
        and d.disposition == "bad_ip_header"
    )


def classes():
    """All classes, their counts 0. The first that explains a difference has it."""
    explained_by = {
        someip_taken_for_dns: "tshark guesses DNS in SOME/IP on port 30490",
        quic_taken_for_dns: "tshark guesses DNS in QUIC on port 443",
        unsupported_framing: "link type the tool does not know",
        other_family_than_framing: "IPv6 in LINKTYPE_IPV4",
        short_header: "a message of fewer than 12 bytes is malformed",
        tcp_unseen_by_tshark: "tshark waits behind a hole and skips retransmissions",
        first_fragment_only: "the rest never came: upper bits unknown, tshark reads what there is",
        fragments_too_late: "tshark waits for fragments longer than 30 s",
        snap_cut: "OPT not captured: upper bits unknown, tshark says 0",
        opt_cut_behind_its_bits: "OPT cut in its options: bits known, tshark says 0",
        ends_before_its_counts: "OPT not reached: upper bits unknown, tshark says 0",
        opt_not_believed: "RFC 6891 §6.1.1, §6.1.2: no such OPT; tshark takes its bits",
        several_opts: "the first OPT counts; tshark shows all",
    }
    return [Class(test.__name__, reason, test) for test, reason in explained_by.items()]


def _key(line, low4=False):
    return (line["f"], line["id"], line["qr"], line["rc"] if low4 else line["xrc"])


def _pair(theirs, ours, low4):
    """Takes the lines with equal keys out of both lists; they are returned as pairs."""
    waiting = defaultdict(list)
    for line in ours:
        waiting[_key(line, low4)].append(line)
    pairs, left = [], []
    for line in theirs:
        match = waiting[_key(line, low4)]
        if match:
            pairs.append((line, match.pop(0)))
        else:
            left.append(line)
    return pairs, left, [line for lines in waiting.values() for line in lines]


def compare(replay):
    """(pairs that agree on frame, id and 12-bit code, [Difference])."""
    theirs = [line for line in replay.truth if line["k"] == "dns" and not line.get("icmp")]
    agreeing, theirs, ours = _pair(theirs, replay.run.messages, low4=False)
    nibble_only, theirs, ours = _pair(theirs, ours, low4=True)
    found = [Difference(replay, a, b) for a, b in nibble_only]
    found += [Difference(replay, theirs=line) for line in theirs]
    found += [Difference(replay, ours=line) for line in ours]
    return agreeing, found
