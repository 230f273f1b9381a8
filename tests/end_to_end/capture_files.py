"""DNS messages, frames and capture files made byte by byte, without the program's own code."""

import ipaddress
import struct

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 0, 1, 2, 3, 5  # RFC 1035 §4.1.1
TYPE_A = 1  # RFC 1035 §3.2.2
QR_RD_RA = 0x8180  # flags of an ordinary response, RFC 1035 §4.1.1
RD = 0x0100

ETHERNET = 1  # https://www.tcpdump.org/linktypes.html


def wire_name(*labels):
    """Labels are bytes of any value."""
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def query(ident, name, qtype=TYPE_A):
    return struct.pack("!6H", ident, RD, 1, 0, 0, 0) + name + struct.pack("!2H", qtype, 1)


def response(ident, name, rcode, qtype=TYPE_A):
    """A response without records: header and question."""
    return (
        struct.pack("!6H", ident, QR_RD_RA | rcode, 1, 0, 0, 0)
        + name
        + struct.pack("!2H", qtype, 1)
    )


def udp_frame(source, destination, payload):
    """Ethernet, IPv4 or IPv6, UDP. source and destination: (address, port)."""
    sender, receiver = (ipaddress.ip_address(end[0]) for end in (source, destination))
    udp = struct.pack("!4H", source[1], destination[1], 8 + len(payload), 0) + payload
    if sender.version == 4:
        ip = struct.pack("!2B3H2BH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
        ether_type = 0x0800
    else:
        ip = struct.pack("!IH2B", 6 << 28, len(udp), 17, 64)
        ether_type = 0x86DD
    ethernet = bytes.fromhex("020000000001 020000000002") + struct.pack("!H", ether_type)
    return ethernet + ip + sender.packed + receiver.packed + udp


def pcap(frames, order="<", nano=False):
    """A pcap file. frames: [(time in microseconds, bytes)]."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    parts = [struct.pack(order + "I2H4I", magic, 2, 4, 0, 0, 262144, ETHERNET)]
    for micros, data in frames:
        fraction = micros % 1_000_000 * (1000 if nano else 1)
        parts.append(struct.pack(order + "4I", micros // 1_000_000, fraction, len(data), len(data)))
        parts.append(data)
    return b"".join(parts)


def pcapng(frames, order="<"):
    """A pcapng file with one section and one interface with the default resolution of 1 µs."""
    section = struct.pack(order + "I2Hq", 0x1A2B3C4D, 1, 0, -1)
    interface = struct.pack(order + "2HI", ETHERNET, 0, 0)
    parts = [_block(order, 0x0A0D0D0A, section), _block(order, 1, interface)]
    for micros, data in frames:
        head = struct.pack(order + "5I", 0, micros >> 32, micros & 0xFFFFFFFF, len(data), len(data))
        parts.append(_block(order, 6, head + data + bytes(-len(data) % 4)))
    return b"".join(parts)


def _block(order, kind, body):
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def exchanges(count, begin=1_767_225_600_000_000):
    """Frames of queries and responses of both families: [(time in microseconds, bytes)]. 7 clients,
    5 zones, 4 codes; a pair every 3 ms."""
    frames = []
    codes = (NOERROR, NXDOMAIN, SERVFAIL, REFUSED)
    for i in range(count):
        v6 = i % 3 == 0
        client = (f"2001:db8::{i % 7 + 1}" if v6 else f"198.51.100.{i % 7 + 1}", 20_000 + i % 9_000)
        server = ("2001:db8:53::1" if v6 else "192.0.2.53", 53)
        name = wire_name(b"host%d" % i, b"zone%d" % (i % 5), b"com")
        at = begin + i * 3_000
        frames.append((at, udp_frame(client, server, query(i % 65536, name))))
        answer = response(i % 65536, name, codes[i % 4])
        frames.append((at + 1_250, udp_frame(server, client, answer)))
    return frames


def exchange_rcodes(count):
    """Responses by mnemonic in exchanges(count)."""
    names = ("NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED")
    return {name: len(range(i, count, 4)) for i, name in enumerate(names) if i < count}
