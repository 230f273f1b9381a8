#!/usr/bin/python3
"""What reports, pages and logs do not tell of clients and names, found by looking for it."""

import ipaddress
import re
import struct
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import capture_files as files
import program

SERVER, SERVER6 = "192.0.2.53", "2001:db8:53::1"
# Five addresses of two networks, and one that is alone in its own.
CLIENTS = [f"198.51.100.{n}" for n in (17, 18, 77, 78, 200)] + [
    f"2001:db8:feed:1::{n:x}" for n in (0x77, 0x78, 0x79, 0x7A, 0xABC)
]
ALONE = "203.0.113.99"
SECRET_LABEL = b"only-for-your-eyes"
PTR = 12  # RFC 1035 §3.2.2
UPDATE = 0x2800  # opcode 5, RFC 2136 §1.3
OPT, ECS = 41, 8  # RFC 6891 §6.1.2, RFC 7871 §6


def with_client_subnet(message, client):
    """The message with an OPT that names the client in full."""
    address = ipaddress.ip_address(client)
    family, bits = (1, 32) if address.version == 4 else (2, 128)
    option = struct.pack("!H2B", family, bits, bits) + address.packed
    data = struct.pack("!2H", ECS, len(option)) + option
    opt = b"\0" + struct.pack("!2HIH", OPT, 1232, 0, len(data)) + data
    return message[:10] + b"\0\1" + message[12:] + opt


def reverse_name(client):
    labels = ipaddress.ip_address(client).reverse_pointer.split(".")
    return files.wire_name(*(label.encode() for label in labels))


def capture():
    frames = []
    at = 1_767_225_600_000_000
    for index, client in enumerate([*CLIENTS, ALONE] * 3):
        server = SERVER6 if ":" in client else SERVER
        name = files.wire_name(SECRET_LABEL, b"host", b"example", b"com")
        messages = (
            with_client_subnet(files.response(index, name, files.SERVFAIL), client),
            files.response(index, reverse_name(client), files.NXDOMAIN, PTR),
        )
        for message in messages:
            at += 1_000
            frames.append((at, files.udp_frame((server, 53), (client, 4000 + index), message)))
    # It names a zone itself.
    update = struct.pack("!6H", 7, 0x8000 | UPDATE, 1, 0, 0, 0)
    update += files.wire_name(SECRET_LABEL, b"example", b"org") + struct.pack("!2H", 6, 1)
    frames.append((at + 1, files.udp_frame((SERVER, 53), (CLIENTS[0], 5000), update)))
    return files.pcap(frames)


def texts_of(client):
    """An address as it may stand in an output, whole or by its network."""
    address = ipaddress.ip_address(client)
    texts = {client, address.exploded, address.reverse_pointer, address.packed.hex()}
    network = address.reverse_pointer.split(".")
    cut = 1 if address.version == 4 else 20  # the /24, the /48
    texts.add(".".join(network[cut:]))
    texts.add(client.rsplit(".", 1)[0] if address.version == 4 else "2001:db8:feed")
    return texts


class PrivacyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-privacy-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.capture = self.folder / "x.pcap"
        self.capture.write_bytes(capture())
        self.key = self.folder / "key"
        self.key.write_bytes(bytes(range(32)))

    def outputs(self, *options):
        """All there is to read, as one text."""
        files = {option: self.folder / option[2:] for option in
                 ("--text", "--json", "--html", "--openmetrics", "--save-baseline")}
        told = [word for option, file in files.items() for word in (option, file)]
        done = program.replay(*told, "--log-level", "debug", *options, self.capture)
        self.assertEqual(done.returncode, 0, done.stderr)
        parts = [*(file.read_text() for file in files.values()), done.stderr.decode()]
        with program.serving("--text", "off", *options, self.capture) as (_, port):
            for path in ("/", "/metrics", "/api/v1/report", "/api/v1/errors", "/api/v1/spikes", "/-/healthy"):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                        parts.append(answer.read().decode())
                except urllib.error.HTTPError:
                    pass
        return "\n".join(parts).replace(str(self.folder), "")

    def assert_hidden(self, outputs, clients):
        for client in clients:
            for text in texts_of(client):
                self.assertNotIn(text, outputs)

    def test_without_an_option_they_are_all_there(self):
        outputs = self.outputs("--zone-by", "labels:40")
        for client in [*CLIENTS, ALONE]:
            self.assertIn(client, outputs)
            self.assertIn(ipaddress.ip_address(client).reverse_pointer, outputs)
        self.assertIn(SECRET_LABEL.decode(), outputs)

    def test_pseudonyms_stand_for_addresses_everywhere(self):
        for options in ((), ("--zone-by", "labels:40"), ("--client-prefix", "24,48")):
            with self.subTest(options=options):
                outputs = self.outputs("--pseudonym-key", self.key, *options)
                self.assert_hidden(outputs, [*CLIENTS, ALONE])
                self.assertIn(SERVER, outputs)
                self.assertRegex(outputs, r"\d\.in-addr\.arpa\.")

    def test_pseudonyms_keep_networks_together(self):
        report = program.report("--pseudonym-key", self.key, self.capture)
        shown = [ipaddress.ip_address(entry["client"]) for entry in report["clients"][:-1]]
        self.assertEqual(len(set(shown)), len(CLIENTS) + 1)
        networks = {str(ipaddress.ip_network(f"{a}/{24 if a.version == 4 else 64}", strict=False))
                    for a in shown}
        self.assertEqual(len(networks), 3)
        again = program.report("--pseudonym-key", self.key, "--hash-key", "1", self.capture)
        self.assertEqual(again, report)
        # The zone of a network's reverse names is that of its pseudonyms.
        zones = {entry["zone"] for entry in report["zones"]}
        for address in shown:
            if address.version == 4:
                self.assertIn(address.reverse_pointer.split(".", 1)[1] + ".", zones)

    def test_a_network_is_named_when_enough_of_it_were_seen(self):
        networks = {"198.51.100.0", "2001:db8:feed::", "203.0.113.0"}
        for least, named in ((1, networks), (2, networks - {"203.0.113.0"}), (32, set())):
            options = ("--client-prefix", "24,48", "--min-clients", str(least))
            clients = program.report(*options, self.capture)["clients"]
            self.assertEqual({entry["client"] for entry in clients}, named | {"other"})
            self.assertEqual(sum(entry["responses"] for entry in clients), 6 * 11 + 1)
            outputs = self.outputs(*options)
            for network in networks - named:
                self.assertNotIn(f'"{network}"', outputs)
        workers = program.report(*options, "--workers", "3", self.capture)
        self.assertEqual(workers["clients"], clients)

    def test_no_name_is_shown_beyond_its_registrable_domain(self):
        outputs = self.outputs("--no-qname")
        self.assertNotIn(SECRET_LABEL.decode(), outputs)
        self.assertIn("example.com.", outputs)
        self.assertIn("example.org.", outputs)

    def test_what_would_tell_all_the_same_is_refused(self):
        for options in (
            ("--no-qname", "--zone-by", "labels:3"),
            ("--no-qname", "--dissect", "1"),
            ("--pseudonym-key", self.key, "--dissect", "1"),
            ("--min-clients", "2"),
        ):
            with self.subTest(options=options):
                self.assertEqual(program.replay(*options, self.capture).returncode, 64)

    def test_a_key_has_32_bytes(self):
        for content in (b"", bytes(31), bytes(33)):
            self.key.write_bytes(content)
            done = program.replay("--pseudonym-key", self.key, self.capture)
            self.assertEqual(done.returncode, 78)
            self.assertRegex(done.stderr.decode(), re.escape(str(self.key)) + ".*32 bytes")
        done = program.replay("--pseudonym-key", self.folder / "none", self.capture)
        self.assertEqual(done.returncode, 78)


if __name__ == "__main__":
    program.main()
