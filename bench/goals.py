#!/usr/bin/python3
"""Measures all that rcodescope is meant to reach in speed, and prints it as a table.

    bench/goals.py --build build/bench [--packets N] [--only WORD ...]

Each figure is the median of paired runs on this machine, with the least and the largest beside it.
The captures are generated. The machine should do nothing else meanwhile: a quarter of an hour.

Exit codes: 0 measured, whatever was reached; 64 usage; 70 a program failed or is not here: the
other goals are measured nevertheless.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import compare

sys.path.insert(0, str(compare.HERE.parent / "tests" / "pipeline"))

import instructions_test  # noqa: E402  # the way to count is the test's

PAIRS = 7
FEWER, MILLION = 200_000, 1_000_000  # packets
LIVE_PACKETS = 4_000  # as many as DPDK's net_pcap keeps in memory
LIVE_SECONDS = 2      # of each reading
LIVE_PAIRS = 25
DEADLINE = 30
EAL = ("--no-huge", "-m", "512", "--no-pci", "--no-shconf", "--no-telemetry", "-l", "0")


class Bench:
    """The programs of a build directory, and captures that are generated once."""

    def __init__(self, build, packets, folder):
        self.packets = packets
        self.folder = folder
        self.rcodescope = str(build / "app" / "rcodescope")
        self.bench = build / "bench"
        self.peers = argparse.Namespace(build=build, folder=folder)
        self.captures = {}

    def capture(self, packets):
        if packets not in self.captures:
            path = f"{self.folder}/{packets}.pcap"
            subprocess.run([self.bench / "generate", "--packets", str(packets), "--seed", "1",
                            "--out", path], check=True, stderr=subprocess.DEVNULL)
            compare.prepare_page_cache(path)
            self.captures[packets] = path
        return self.captures[packets]

    def loop(self, path):
        return [str(self.bench / "libpcap_loop"), path]

    def replay(self, path, workers=1):
        return [self.rcodescope, "replay", "--quiet", "--workers", str(workers), "--hash-key", "1",
                "--json", "/dev/null", path]

    def peer(self, name, path):
        places = argparse.Namespace(file=path, **vars(self.peers))
        return compare.words(compare.PEERS[name], places)

    @staticmethod
    def ratios(one, other, path, figure="cpu", name="one"):
        """What `one` takes for each pair, as a multiple of what `other` does. `name`: that of
        compare.py where it reads its standard input."""
        runs = compare.measure({name: one, "other": other}, path, PAIRS)
        return [a[figure] / b[figure] for a, b in zip(runs[name], runs["other"])]


def replay_cpu(bench):
    path = bench.capture(bench.packets)
    return bench.ratios(bench.replay(path), bench.loop(path), path)


def piped_cpu(bench):
    path = bench.capture(bench.packets)
    return bench.ratios(bench.replay("-"), bench.loop(path), path, name=compare.PIPED)


def instructions(bench):
    """A packet's, by what callgrind counts more for a longer capture: all threads."""
    def slope(command):
        few, many = (instructions_test.counted(command(bench.capture(packets)), bench.folder)
                     for packets in (FEWER, MILLION))
        return (many - few) / (MILLION - FEWER)

    ours, loop = slope(bench.replay), slope(bench.loop)
    print(f"instructions a packet: {ours:.0f}, the loop {loop:.0f}", file=sys.stderr)
    return [ours / loop]


def walk_distance(bench):
    path = bench.capture(bench.packets)
    return bench.ratios(bench.replay(path), bench.peer("mmap walk", path), path)


def peer_cost(name):
    def measure(bench):
        # tshark takes long, and keeps much of each packet.
        path = bench.capture(MILLION if name == "tshark" else bench.packets)
        return bench.ratios(bench.peer(name, path), bench.replay(path), path)
    return measure


def length(bench):
    """A packet of 20 million beside one of a million."""
    few, many = (bench.capture(packets) for packets in (MILLION, 20 * MILLION))
    ratios = bench.ratios(bench.replay(many), bench.replay(few), few)
    return [ratio / 20 for ratio in ratios]


def many_clients(bench):
    done = subprocess.run([bench.bench / "flood", "--cost", "2000000"], check=False, text=True,
                          stdout=subprocess.PIPE)
    ratios = [float(ratio) for ratio in re.findall(r"a packet: ([\d.]+)", done.stdout)]
    if not ratios:  # its exit code says whether it is held to its own limit
        raise compare.Failure(f"flood --cost: exit {done.returncode}")
    return ratios


def two_workers(bench):
    path = bench.capture(20 * MILLION)
    return bench.ratios(bench.replay(path), bench.replay(path, workers=2), path, figure="wall")


@contextlib.contextmanager
def hugepages(wanted):
    """Whether there are so many of 2 MiB meanwhile; takes them, where this may be done."""
    pages = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
    if not pages.exists():
        yield False
        return
    before = (pages / "nr_hugepages").read_text(encoding="ascii")
    with contextlib.suppress(PermissionError):
        (pages / "nr_hugepages").write_text(str(int(before) + wanted), encoding="ascii")
    try:
        yield int((pages / "free_hugepages").read_text(encoding="ascii")) >= wanted
    finally:
        with contextlib.suppress(PermissionError):
            (pages / "nr_hugepages").write_text(before, encoding="ascii")


def dpdk_rate(bench):
    with hugepages(wanted=160) as there:
        done = subprocess.run([bench.bench / "dpdk_ring", *(["--huge"] if there else [])],
                              check=True, text=True, stdout=subprocess.PIPE)
    print(done.stdout.rstrip(), "(hugepages)" if there else "(no hugepages)", file=sys.stderr)
    line = re.search(r"its rate is ([\d.]+) .* rounds, ([\d.]+) to ([\d.]+)", done.stdout)
    return [float(figure) for figure in line.groups()]


def start_up(bench):
    """Seconds of a whole run, for a capture of one packet."""
    command = bench.replay(bench.capture(1))
    return [compare.run(command)["wall"] for _ in range(PAIRS)]


@contextlib.contextmanager
def flat_out(bench):
    """A worker that is given frames without end, and the address of its page."""
    capture = bench.capture(LIVE_PACKETS)
    log = open(f"{bench.folder}/log", "w+", encoding="utf-8")
    with log, subprocess.Popen(
            [bench.rcodescope, "dpdk", "--listen", "127.0.0.1:0", "--epoch", "1s", "--text", "off",
             "--", *EAL, f"--vdev=net_pcap0,rx_pcap={capture},infinite_rx=1"],
            stderr=log, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + DEADLINE
            port = None
            while port is None:
                text = pathlib.Path(log.name).read_text(encoding="utf-8")
                if process.poll() is not None or time.monotonic() > deadline:
                    raise compare.Failure(text)
                port = re.search(r'port="(\d+)"', text)
                time.sleep(0.1)
            yield process.pid, f"http://127.0.0.1:{port.group(1)}"
        finally:
            process.send_signal(signal.SIGINT)


def worker_cpu(pid):
    """Of the busiest thread, in ns."""
    return max(int((thread / "schedstat").read_text(encoding="ascii").split()[0])
               for thread in pathlib.Path(f"/proc/{pid}/task").iterdir())


def scrapes(bench):
    """What a packet costs the worker while the page is read without a break, as a multiple of what
    it costs while nobody reads."""
    def page(address):
        with urllib.request.urlopen(address + "/metrics", timeout=DEADLINE) as reply:
            return reply.read().decode()

    def frames(address):
        return sum(float(count) for count in
                   re.findall(r"^rcodescope_frames_total\{.*\} (\S+)", page(address), re.MULTILINE))

    def cost(pid, address, scraping):
        before = reading(pid, address)
        end = time.monotonic() + LIVE_SECONDS
        while time.monotonic() < end:
            if scraping:
                page(address)
            else:
                time.sleep(end - time.monotonic())
        after = reading(pid, address)
        return (after[0] - before[0]) / (after[1] - before[1])

    def reading(pid, address):
        """CPU time and frames, at the moment when the page changes."""
        first = frames(address)
        while (now := frames(address)) == first:
            time.sleep(0.01)
        return worker_cpu(pid), now

    ratios = []
    with flat_out(bench) as (pid, address):
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.HTTPError):
                if frames(address) > MILLION:
                    break
            time.sleep(0.1)
        keys = len(set(re.findall(r'client="([^"]+)"', page(address))))
        print(f"the page: {keys} clients", file=sys.stderr)
        for _ in range(LIVE_PAIRS):
            quiet, scraped = cost(pid, address, False), cost(pid, address, True)
            ratios.append(scraped / quiet)
    return ratios


# What is measured, how, what it must be, and what it should be.
GOALS = (
    ("replay ÷ libpcap loop, CPU", replay_cpu, "≤ 0.90", "≤ 0.70"),
    ("replay through a pipe ÷ libpcap loop, CPU", piped_cpu, "≤ 1.15", "≤ 0.90"),
    ("instructions ÷ the loop's", instructions, "≤ 1", "≤ 0.75"),
    ("replay ÷ mmap walk, CPU", walk_distance, "≤ 3.0", "≤ 2.0"),
    ("dnsjit, codes ÷ replay, CPU", peer_cost("dnsjit, codes"), "≥ 1.5", "≥ 2.3"),
    ("dnsjit, clients ÷ replay, CPU", peer_cost("dnsjit, clients"), "≥ 4", "≥ 7"),
    ("dnscap -w ÷ replay, CPU", peer_cost("dnscap -w"), "≥ 5", ""),
    ("dnstop -X ÷ replay, CPU", peer_cost("dnstop -X"), "≥ 3.5", ""),
    ("dnscap rssm ÷ replay, CPU", peer_cost("dnscap rssm"), "≥ 12", ""),
    ("tshark ÷ replay, CPU", peer_cost("tshark"), "≥ 200", ""),
    ("a packet of 20 million ÷ of 1 million, CPU", length, "≤ 1.15", "≤ 1.05"),
    ("10 million clients ÷ 1,000, CPU", many_clients, "≤ 2.0", "≤ 1.4"),
    ("one worker ÷ two, wall", two_workers, "≥ 1.7", "≥ 1.9"),
    ("DPDK worker's rate ÷ libpcap loop's", dpdk_rate, "≥ 0.85", ""),
    ("a worker's packet, scraped ÷ not", scrapes, "≤ 1.03", "≤ 1.01"),
    ("start-up to the end of one packet, s", start_up, "≤ 0.5", ""),
)


def reached(figure, goal):
    sign, limit = goal.split()
    return figure <= float(limit) if sign == "≤" else figure >= float(limit)


def main():
    parser = compare.Parser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build directory")
    parser.add_argument("--packets", type=int, default=5_000_000, help="(default: %(default)s)")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="goals whose name has one of these")
    parser.add_argument("--json", type=pathlib.Path, metavar="OUT", help="write all figures there")
    options = parser.parse_args()
    chosen = [goal for goal in GOALS
              if not options.only or any(word in goal[0] for word in options.only)]
    if not chosen:
        parser.error("no goal has such a name")
    figures = {}
    status = 0
    print("| goal | must be | should be | median | least to largest | |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="rcodescope-goals-") as folder:
        os.chmod(folder, 0o755)  # read by nobody, too
        bench = Bench(options.build, options.packets, folder)
        for name, measure, gate, aim in chosen:
            try:
                values = figures[name] = measure(bench)
            except (compare.Failure, subprocess.CalledProcessError, OSError) as failure:
                print(f"goals.py: {name}: {failure}", file=sys.stderr)
                print(f"| {name} | {gate} | {aim} | | | not measured |", flush=True)
                status = compare.EXIT_FAILED
                continue
            median = values[0] if measure is dpdk_rate else statistics.median(values)
            verdict = "" if reached(median, gate) else "missed"
            print(f"| {name} | {gate} | {aim} | {median:.3g} | {min(values):.3g} to "
                  f"{max(values):.3g} | {verdict} |", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
