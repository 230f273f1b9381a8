"""Three hours of a sensor's metrics that end in an incident, made from the program's own pages.

15 quiet seconds and 15 seconds of the incident are captures; the program replays each, and its pages
are added up, 15 seconds by 15, into series with times. What only a live capture has is set beside them.

The incident, the last 10 minutes: 192.0.2.53 answers SERVFAIL for example.com., with Extended DNS Error
22 (No Reachable Authority), to many clients.
"""

import re
import struct

import capture_files
import program
from capture_files import NOERROR, NXDOMAIN, REFUSED, SERVFAIL, wire_name
from metrics import live_only
from prometheus_server import fetch_here

SOA, AXFR = 6, 252  # RFC 1035 §3.2.2, §3.2.3
STEP = 15  # seconds, of a scrape
QUIET_STEPS, INCIDENT_STEPS = 680, 40
BEGIN = 1_767_225_600_000_000  # of the captures, microseconds

# Responses in 15 seconds: {(server, zone): {code: responses}}
SERVERS = ("192.0.2.53", "192.0.2.54", "2001:db8:53::1")
ZONES = ("example.com", "example.net", "example.org", "example.info")
BROKEN = ("192.0.2.53", "example.com")
QUIET = {
    (server, zone): {NOERROR: 30, NXDOMAIN: 4, REFUSED: 1}
    for server in SERVERS
    for zone in ZONES
}
QUIET[BROKEN] = {NOERROR: 30, NXDOMAIN: 4, REFUSED: 1, SERVFAIL: 1}
INCIDENT = {**QUIET, BROKEN: {NOERROR: 10, NXDOMAIN: 4, REFUSED: 1, SERVFAIL: 300}}

INSTANCE = "tap1:10053"
# On a live page only: {series: (value in quiet, value in the incident)}; counters grow by it each step.
LIVE = {
    'rcodescope_frames_dropped_total{source="eth1",queue="0",stage="ring"}': (0, 2),
    'rcodescope_frames_backlog{}': (3, 40),
    'rcodescope_capture_lag_seconds{source="eth1"}': (0.05, 0.2),
    'rcodescope_link_up{source="eth1"}': (1, 1),
    'rcodescope_source_gaps_total{source="eth1"}': (0, 0),
    'rcodescope_worker_busy_ratio{worker="0"}': (0.2, 0.4),
    'rcodescope_worker_stalled{worker="0"}': (0, 0),
    'rcodescope_sandbox{feature="seccomp"}': (1, 1),
    'rcodescope_alert_requests_total{url="http://192.0.2.9:9093/api/v2/alerts",result="taken"}': (0, 1),
    'rcodescope_alert_requests_total{url="http://192.0.2.9:9093/api/v2/alerts",result="failed"}': (0, 0),
    'rcodescope_export_samples_pending{url="http://192.0.2.9:9090/api/v1/write"}': (0, 40),
    'rcodescope_export_samples_dropped_total{url="http://192.0.2.9:9090/api/v1/write",reason="no_room"}': (0, 0),
    'rcodescope_key_retired_responses_total{dimension="client",rcode="NOERROR"}': (1, 1),
    'rcodescope_key_admissions_total{dimension="client"}': (1, 5),
    'rcodescope_key_evictions_total{dimension="client"}': (1, 5),
    'up{}': (1, 1),
    'scrape_duration_seconds{}': (0.01, 0.02),
}
# Of the detector, which is found to be right here, and of Prometheus, which knows no alert before.
DETECTOR = {
    'rcodescope_spike_active{rcode="SERVFAIL",dimension="zone",key="example.com."}': (0, 1),
    'rcodescope_disagreement_active{rcode="SERVFAIL",dimension="server",key="192.0.2.53"}': (0, 1),
    'ALERTS{alertname="RcodescopeSpikeDetected",alertstate="firing",severity="warning",component="dns",'
    'rcode="SERVFAIL",dimension="zone",key="example.com."}': (None, 1),
}
SPIKES = 'rcodescope_spikes_total{rcode="SERVFAIL",dimension="zone"}'


def response(ident, name, rcode, error=None, qtype=capture_files.TYPE_A):
    """With an OPT record and, in it, an Extended DNS Error (RFC 8914 §2) if there is one."""
    option = b"" if error is None else struct.pack("!3H", 15, 2, error)
    opt = b"\0" + struct.pack("!2HIH", 41, 1232, 0, len(option)) + option
    message = capture_files.response(ident, name, rcode, qtype)
    return message[:10] + struct.pack("!H", 1) + message[12:] + opt


def transfer(client, server):
    """The beginning of a zone transfer (RFC 5936) over TCP."""
    syn, ack = 0x02, 0x10
    name = wire_name(b"example", b"com")
    ask = capture_files.query(1, name, AXFR)
    soa = name + struct.pack("!2HIH", SOA, 1, 3600, 22) + bytes(22)  # two root names, five numbers
    told = capture_files.response(1, name, NOERROR, AXFR)
    told = told[:6] + struct.pack("!H", 1) + told[8:] + soa
    asked = 1 + 2 + len(ask)
    return [
        tcp_frame(client, server, 0, 0, syn),
        tcp_frame(server, client, 0, 1, syn | ack),
        tcp_frame(client, server, 1, 1, ack, struct.pack("!H", len(ask)) + ask),
        tcp_frame(server, client, 1, asked, ack, struct.pack("!H", len(told)) + told),
    ]


def tcp_frame(source, destination, sequence, acknowledged, flags, payload=b""):
    tcp = struct.pack("!2H2I4H", source[1], destination[1], sequence, acknowledged,
                      5 << 12 | flags, 65_535, 0, 0) + payload
    frame = capture_files.udp_frame(source, destination, tcp[8:])  # with its length, and as UDP
    head, ip = frame[:14], bytearray(frame[14:34])
    ip[9] = 6
    return head + bytes(ip) + tcp


def frames(mix):
    """15 seconds of it: a query and a response each, and some of everything else."""
    found = []

    def exchange(server, client, name, answer):
        at = BEGIN + len(found) * 1_000
        ident = len(found) % 65_536
        found.append((at, capture_files.udp_frame(client, (server, 53), capture_files.query(ident, name))))
        found.append((at + 500, capture_files.udp_frame((server, 53), client, answer(ident))))

    for (server, zone), codes in mix.items():
        v6 = ":" in server
        for rcode, count in codes.items():
            for i in range(count):
                client = (f"2001:db8::{i % 40 + 1:x}" if v6 else f"198.51.100.{i % 40 + 1}", 20_000 + i)
                labels = [b"host%d" % i, *(part.encode() for part in zone.split("."))]
                name = wire_name(*labels)
                error = 22 if rcode == SERVFAIL else None
                exchange(server, client, name,
                         lambda ident, n=name, r=rcode, e=error: response(ident, n, r, e))
    client = ("198.51.100.1", 30_000)
    odd = wire_name(b"odd", b"example", b"com")
    # Cut off behind the question, though it says that there is more: only 4 bits are known.
    cut = struct.pack("!6H", 1, capture_files.QR_RD_RA, 1, 5, 0, 1) + odd + struct.pack("!2H", 1, 1)
    rest = [
        capture_files.udp_frame(("192.0.2.53", 53), client, cut),
        capture_files.udp_frame(("192.0.2.53", 53), client, b"\0\1\2"),
        capture_files.udp_frame(("192.0.2.9", 123), ("198.51.100.1", 123), b"time"),
        *transfer(client, ("192.0.2.53", 53)),
    ]
    return found + [(BEGIN + (len(found) + i) * 1_000, frame) for i, frame in enumerate(rest)]


def responses(mix, rcode=None, key=None):
    """In 15 seconds of it, of exchanges alone."""
    return sum(count for pair, codes in mix.items() for code, count in codes.items()
               if rcode in (None, code) and key in (None, *pair))


def page(folder, name, mix):
    """{series: value} of the page that the program makes of it."""
    path = folder / f"{name}.pcap"
    path.write_bytes(capture_files.pcap(frames(mix)))
    with program.serving(path) as (_, port):
        text = fetch_here(port, "/metrics").decode()
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            series, _, value = line.rpartition(" ")
            found[series if "{" in series else series + "{}"] = float(value)
    return found


def history(folder, now, instance=INSTANCE, incident_steps=INCIDENT_STEPS):
    """(text for promtool, when the incident begins) of samples up to now, seconds since 1970."""
    quiet, bad = page(folder, "quiet", QUIET), page(folder, "incident", INCIDENT)
    beside = {re.match(r"\w+", series)[0] for series in LIVE}
    if missing := live_only() - beside:
        raise AssertionError(f"LIVE lacks {missing}")
    # Of 15 seconds the detector says nothing on hours.
    for told in (quiet, bad):
        for series in [s for s in told if s.startswith(("rcodescope_spike", "rcodescope_disagreement"))]:
            del told[series]
    steps = {series: (quiet.get(series, 0.0), bad.get(series, 0.0)) for series in {**quiet, **bad}}
    steps = {**steps, **LIVE, **DETECTOR}
    count = QUIET_STEPS + incident_steps
    begin = now - STEP * (count - 1)
    incident = begin + STEP * QUIET_STEPS
    target = f'job="rcodescope",instance="{instance}"'
    lines = []
    for series, (calm, wild) in sorted(steps.items()):
        counter = "_total{" in series
        total = 0.0
        for i in range(count):
            at = begin + STEP * i
            value = wild if at >= incident else calm
            if value is None:
                continue
            total += value
            if "last_packet_timestamp" in series:
                value = at - 1
            lines.append(sample(target, series, total if counter else value, at))
    for i in range(count):
        at = begin + STEP * i
        lines.append(sample(target, SPIKES, 1 if at >= incident else 0, at))
    return "\n".join([*lines, "# EOF", ""]), incident


def sample(target, series, value, at):
    name, _, labels = series.partition("{")
    labels = labels.removesuffix("}")
    return f"{name}{{{target}{',' if labels else ''}{labels}}} {value:.10g} {at}"
