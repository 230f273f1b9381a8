"""Name servers with many zones: under one registrable domain several labels deep, internal ones
without a public suffix, reverse ones, a root and a top-level domain."""

import name_servers
import network

SOA = "@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.53\n"

# {zone: records beside SOA, NS and ns}. A name "host" has an address, "nothere" never is.
HOSTING = {
    "example.com": "host A 192.0.2.80\n"
                   "eng NS ns.eng\nns.eng A 192.0.2.53\n"
                   "away NS ns.away\nns.away A 192.0.2.99\n"
                   "near CNAME nothere\n"
                   "far CNAME nothere.lab.eng\n",
    "eng.example.com": "host A 192.0.2.80\nlab NS ns.lab\nns.lab A 192.0.2.53\n"
                       "away NS ns.away\nns.away A 192.0.2.99\n",
    "lab.eng.example.com": "host A 192.0.2.80\nrack NS ns.rack\nns.rack A 192.0.2.53\n",
    "rack.lab.eng.example.com": "host A 192.0.2.80\n",
    "example.co.uk": "host A 192.0.2.80\nsales NS ns.sales\nns.sales A 192.0.2.53\n",
    "sales.example.co.uk": "host A 192.0.2.80\n",
    "corp": "host A 192.0.2.80\nlan NS ns.lan\nns.lan A 192.0.2.53\n"
            "away NS ns.away\nns.away A 192.0.2.99\n",
    "lan.corp": "host A 192.0.2.80\n",
    "10.in-addr.arpa": "host A 192.0.2.80\n1.2.3 PTR host.corp.\n4 NS ns.4\nns.4 A 192.0.2.53\n",
    "4.10.in-addr.arpa": "host A 192.0.2.80\n1.2 PTR host.corp.\n",
    "2.0.192.in-addr.arpa": "host A 192.0.2.80\n",
    "8.b.d.0.1.0.0.2.ip6.arpa": "host A 192.0.2.80\n",
}

# The zones above, and nothing below a delegation.
REGISTRY = {
    ".": "com NS a.gtld-servers.net.\nnet NS ns.net.\nns.net A 192.0.2.53\nuk NS ns.uk\n"
         "ns.uk A 192.0.2.99\n",
    "net": "example NS ns.example\nns.example A 192.0.2.99\n",
}


def closest(zones, name, itself=True):
    """The zone of these that holds the name: the longest one that its labels end in; without
    `itself`, one above the name."""
    labels = [] if name == "." else name.split(".")
    for first in range(0 if itself else 1, len(labels) + 1):
        zone = ".".join(labels[first:]) or "."
        if zone in zones:
            return zone
    return None


class Zoned:
    """Mixed into a server: its configuration's clause for one zone is repeated for others."""

    zones = {}
    program = ""
    follows = False  # whether an answer follows a CNAME into another zone of the server's
    separator = ""  # what the clause begins with

    def __init__(self, net, folder):
        head, separator, clause = type(self).configuration.partition(self.separator)
        self.configuration = head + "".join(
            (separator + clause).replace("{zone}", zone).replace('/zone"', f'/{file}"')
            for zone, file in {name_servers.ZONE: "zone", **files_of(self.zones)}.items()
        )
        super().__init__(net, folder)
        for zone, file in files_of(self.zones).items():
            text = f"$ORIGIN {zone.strip('.')}.\n$TTL 300\n{SOA}{self.zones[zone]}"
            (folder / file).write_text(text, encoding="utf-8")


def files_of(zones):
    return {zone: "zone." + zone for zone in zones}


class Nsd(Zoned, name_servers.Nsd):
    program = "nsd"
    follows = True
    separator = "zone:\n"


class Bind(Zoned, name_servers.Bind):
    program = "named"
    separator = 'zone "'


class Knot(Zoned, name_servers.Knot):
    program = "knotd"
    separator = "  - domain:"


class PowerDns(Zoned, name_servers.Server):
    """Its zones stand in a file of BIND's syntax."""

    name = "PowerDNS"
    program = "pdns_server"
    follows = True
    separator = 'zone "'
    configuration = """
options {{ directory "{folder}"; }};
zone "{zone}" {{ type master; file "{folder}/zone"; }};
"""

    def command(self):
        options = {
            "config-dir": self.folder, "launch": "bind", "bind-config": self.path,
            "local-address": network.SERVER_V4, "socket-dir": self.folder, "daemon": "no",
            "guardian": "no", "setuid": "", "setgid": "", "log-dns-queries": "no",
        }
        return [self.program] + [f"--{name}={value}" for name, value in options.items()]


def with_zones(kind, zones):
    return type(kind.__name__, (kind,), {"zones": zones})
