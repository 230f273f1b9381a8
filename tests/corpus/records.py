"""Frames of a capture file and the DNS message in one, read here and now: a reason given for a
difference can then be looked up in the bytes instead of being believed."""

import gzip
import ipaddress
import struct
from dataclasses import dataclass

TYPE_OPT = 41  # RFC 6891 §6.1.2
HEADER = 12  # RFC 1035 §4.1.1
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION = 0, 43, 44, 60  # RFC 8200 §4


def frames(path):
    """[(captured bytes, length on the wire)] of a pcap or pcapng file, as far as it can be read."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        return list(_pcapng(data))
    return list(_pcap(data))


def _pcap(data):
    order = ">" if data[:2] == b"\xa1\xb2" else "<"
    header = 24 if b"\xa1\xb2\xcd\x34" in (data[:4], data[3::-1]) else 16  # Kuznetzov's
    at = 24
    while at + header <= len(data):
        captured, wire = struct.unpack_from(order + "II", data, at + 8)
        at += header + captured
        if at <= len(data):
            yield data[at - captured : at], wire


def _pcapng(data):
    at, order = 0, "<"
    while at + 12 <= len(data):
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(order + "II", data, at)
        if kind in (2, 6):  # Packet Block, Enhanced Packet Block
            captured, wire = struct.unpack_from(order + "II", data, at + 20)
            yield data[at + 28 : at + 28 + captured], wire
        elif kind == 3:  # Simple Packet Block
            wire = struct.unpack_from(order + "I", data, at + 8)[0]
            yield data[at + 12 : at + length - 4][:wire], wire
        at += max(length, 12)


@dataclass
class Packet:
    at: int  # offset of what the IP headers carry
    end: int  # offset behind the IP packet, which may lie behind the captured bytes
    fragment: bool


def packet(frame, line):
    """The first IP packet between the addresses of a truth or tool line, or None."""
    source, target = (ipaddress.ip_address(line[side]).packed for side in ("src", "dst"))
    addresses = frame.find(source + target)
    if addresses < 0:
        return None
    if len(source) == 4:  # RFC 791 §3.1
        ip = addresses - 12
        length, more_and_offset = struct.unpack_from(">HxxH", frame, ip + 2)
        return Packet(ip + (frame[ip] & 0x0F) * 4, ip + length, more_and_offset & 0x3FFF != 0)
    ip = addresses - 8  # RFC 8200 §3, §4
    found = Packet(ip + 40, ip + 40 + struct.unpack_from(">H", frame, ip + 4)[0], False)
    following = frame[ip + 6]
    while following in (HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION) and found.at + 8 <= len(frame):
        size = (frame[found.at + 1] + 1) * 8
        if following == FRAGMENT:
            size = 8
            found.fragment = struct.unpack_from(">H", frame, found.at + 2)[0] & 0xFFF9 != 0
        following, found.at = frame[found.at], found.at + size
    return found


def transport(frame, line):
    """As packet(), where it is whole and begins with a UDP or TCP header with the line's ports."""
    found = packet(frame, line)
    if found is None or found.fragment or found.at + 8 > len(frame):
        return None
    ports = dict(zip(("sp", "dp"), struct.unpack_from(">HH", frame, found.at)))
    return found if all(ports[side] == line[side] for side in ports if side in line) else None


@dataclass
class Segment:
    sequence: int
    payload: bytes  # as far as captured
    length: int  # of the payload on the wire


def segment(frame, line):
    """The TCP segment that carries the message of `line`, or None."""
    tcp = transport(frame, line)
    if tcp is None or tcp.at + 20 > len(frame):
        return None
    payload = tcp.at + (frame[tcp.at + 12] >> 4) * 4
    sequence = struct.unpack_from(">I", frame, tcp.at + 4)[0]
    return Segment(sequence, frame[payload : tcp.end], tcp.end - payload)


def messages(frame, line):
    """[(captured bytes, length on the wire)] of the DNS messages that the datagram or segment of
    `line` consists of; of a segment none, unless it consists of whole ones."""
    if line["tr"] == "tcp":
        found = segment(frame, line)
        return _prefixed(found.payload, found.length) if found else []
    udp = transport(frame, line)
    if udp is None:
        return []
    end = min(udp.at + struct.unpack_from(">H", frame, udp.at + 4)[0], udp.end)
    return [(frame[udp.at + 8 : end], end - udp.at - 8)]


def _prefixed(payload, length):
    """The messages behind their length prefixes, RFC 1035 §4.2.2."""
    found, at = [], 0
    while at + 2 <= len(payload):
        size = struct.unpack_from(">H", payload, at)[0]
        found.append((payload[at + 2 : at + 2 + size], size))
        at += 2 + size
    return found if at == length else []


def question_points_forward(frame, line):
    """The first question's name ends in a pointer that does not point to before it."""
    for message, _ in messages(frame, line):
        at = _behind_name(message, HEADER)
        if at is not None and at <= len(message) and message[at - 2] >= 0xC0:
            return struct.unpack_from(">H", message, at - 2)[0] & 0x3FFF >= HEADER
    return False


@dataclass
class Opt:
    section: int  # 1 answer, 2 authority, 3 additional
    root: bool  # the owner is the root
    fits: bool  # it ends within the message
    upper: int  # the code's upper bits

    def believed(self):
        return self.section == 3 and self.root and self.fits


@dataclass
class Walk:
    """What a walk over the records of a message finds."""

    cut: bool  # the capture holds less than was on the wire
    complete: bool  # all announced records were passed over
    additional: int  # records announced in the additional section
    opts: list
    names: list  # offsets of the names of questions and records, with that which has no end
    fields: list  # offsets of the records' types, behind their owners
    cut_inside_opt: bool = False  # behind its type

    def certainties(self):
        """"full", or the reasons for knowing no more than the header's nibble, that this allows."""
        if any(opt.believed() for opt in self.opts):
            return {"full"}
        if self.complete:
            return {"opt_invalid"} if self.opts else {"full"}
        if not self.additional and not any(opt.fits for opt in self.opts):
            return {"full"}
        ends = {"snap_length"} if self.cut else {"counts_beyond_end", "record_invalid"}
        return ends | {"opt_invalid"} if self.opts else ends


def walk(frame, line):
    """Walks the first message that the frame has with the id of `line`; None without such."""
    for message, length in messages(frame, line):
        if len(message) >= HEADER and message[:2] == line["id"].to_bytes(2):
            return walk_message(message, length)
    return None


def walk_message(message, length):
    """As walk(), of a message that is at hand."""
    counts = struct.unpack_from(">4H", message, 4)
    found = Walk(len(message) < length, False, counts[3], [], [], [])
    at = HEADER
    for section, count in enumerate(counts):
        for _ in range(count):
            owner, at = at, _behind_name(message, at)
            found.names.append(owner)
            if at is None:
                return found
            fixed = 4 if section == 0 else 10
            if at + fixed > len(message):
                opt = message[at : at + 2] == TYPE_OPT.to_bytes(2)
                found.cut_inside_opt = opt and section > 0
                return found
            if section > 0:
                found.fields.append(at)
                kind, _, upper, _, _, size = struct.unpack_from(">HHBBHH", message, at)
                if kind == TYPE_OPT:
                    fits = at + fixed + size <= length
                    found.opts.append(Opt(section, message[owner] == 0, fits, upper))
                at += size
            at += fixed
            if at > len(message):
                return found
    found.complete = True
    return found


def _behind_name(message, at):
    while at < len(message):
        length = message[at]
        if length == 0:
            return at + 1
        if length >= 0xC0:
            return at + 2
        if length >= 0x40:
            return None
        at += 1 + length
    return None


def reaches_reserved_label(message, at):
    """The name at `at` comes, perhaps through pointers, to a label of kind 01 or 10 (RFC 6891 §5)."""
    for _ in range(len(message)):  # pointers may form a loop
        if at + 1 >= len(message):
            return at < len(message) and 0x40 <= message[at] < 0xC0
        if message[at] >= 0xC0:
            at = struct.unpack_from(">H", message, at)[0] & 0x3FFF
        elif message[at] >= 0x40:
            return True
        elif message[at] == 0:
            return False
        else:
            at += 1 + message[at]
    return False
