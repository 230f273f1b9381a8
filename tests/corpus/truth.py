"""The captures the tests replay, and what is known of them from other decoders.

Two collections of one layout (`X.pcap`, `X.expected.jsonl`, `X.expected.tsv`,
`truth/X.pcap.jsonl`): the captures the project carries in tests/captures, and a large corpus that
lives outside the repository. The large one is found by the environment variable RCODESCOPE_CORPUS
or, without it, as `shared/corpus` beside the checkout.

A truth file holds one JSON line per DNS message as tshark decodes it:
  f frame, from 1 · tr udp/tcp · src sp dst dp, innermost · k dns/mdns/llmnr · id qr op
  rc header nibble · xrc 12-bit code · n section counts · qn qt qc questions · opt number of OPT
  ext upper code bits of each OPT · ede · tsig_error · tkey_error · malf, short: tshark gave up
  icmp 1: quoted in an ICMP error, no message for us · p protocol path, outermost first
"""

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CARRIED = REPOSITORY / "tests" / "captures"
CAPTURE_SUFFIXES = (".pcap", ".pcapng", ".pcap.gz", ".pcapng.gz")


@dataclass(frozen=True)
class Capture:
    name: str  # with the collection in front: public/…, generated/…, captures/…
    path: Path
    truth: Path

    def sibling(self, ending):
        """The file of the same stem, such as e01-vlan.expected.jsonl."""
        return self.path.with_name(self.path.name.split(".pcap")[0] + ending)

    def has_truth(self):
        return self.truth.exists()


def corpus_root():
    """The large corpus, or None."""
    named = os.environ.get("RCODESCOPE_CORPUS")
    root = Path(named) if named else REPOSITORY.parent / "shared" / "corpus"
    return root if (root / "MANIFEST.tsv").exists() else None


def manifest(root):
    """The large corpus's public captures: file → row of MANIFEST.tsv."""
    with open(root / "MANIFEST.tsv", encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["file"]: row for row in rows}


def _folder(prefix, folder):
    return [
        Capture(f"{prefix}/{path.name}", path, folder / "truth" / f"{path.name}.jsonl")
        for path in sorted(folder.glob("*"))
        if path.name.endswith(CAPTURE_SUFFIXES)
    ]


def own_captures():
    """Our own captures: the carried ones, and where the large corpus is, those of it too."""
    root = corpus_root()
    return _folder("captures", CARRIED) + (_folder("generated", root / "generated") if root else [])


def all_captures():
    root = corpus_root()
    if root is None:
        return own_captures()
    public = [
        Capture(f"public/{file}", root / "public" / file, root / "truth" / f"{file}.jsonl")
        for file in manifest(root)
    ]
    return own_captures() + public


def load(path):
    """The objects of a file of JSON lines."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def is_response(message):
    """A truth line that an engine must report as a DNS response."""
    return message["k"] == "dns" and message["qr"] == 1 and not message.get("icmp")


def dns_ports(messages, known=frozenset({53})):
    """Ports that carry DNS beside the known ones, as the truth lines have it: of each message whose
    two ports are both unknown, the one that answers come from and queries go to."""
    ports = set()
    for message in messages:
        if message["k"] != "dns" or message.get("icmp"):
            continue
        if not known & {message["sp"], message["dp"]}:
            ports.add(message["sp"] if message["qr"] else message["dp"])
    return ports
