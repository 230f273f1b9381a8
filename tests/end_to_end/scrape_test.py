#!/usr/bin/python3
"""`rcodescope live` while several clients fetch its page back to back: no frame is lost for it, and
none of them ever gets a part of a page. Then what the page says when there is no room for frames, and
when there are none."""

import contextlib
import json
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import capture_files
import network
import program
from capture_files import NXDOMAIN, wire_name
from live import capturing, end, fetch, page_with, send_frames, series, sums, until

CLIENTS = 4_000  # of DNS, each a row of the page
FRAMES, RATE = 20_000, 5_000
TOO_MANY = 100_000  # for the smallest rings of two workers, 2 MiB each, at some 170 bytes a frame
SCRAPERS = 4
ENDS = 5

# Prints "scraping" when each scraper has a page; how often they got what, when standard input ends
# or the server does.
SCRAPE = """
import collections, http.client, json, sys, threading
port, scrapers = int(sys.argv[1]), int(sys.argv[2])
outcomes = [collections.Counter() for _ in range(scrapers)]
over = threading.Event()
ready = threading.Barrier(scrapers + 1)

def ask():
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/metrics")
        reply = connection.getresponse()
    except ConnectionRefusedError:
        return "refused"
    except (ConnectionError, http.client.RemoteDisconnected):
        return "no reply"
    except Exception as error:
        return repr(error)
    try:
        body = reply.read()
    except Exception as error:
        return "cut: " + repr(error)
    finally:
        connection.close()
    if reply.status == 503:
        return "not yet"
    return "whole" if reply.status == 200 and body.endswith(b"\\n") else "cut"

def scrape(outcome):
    while ask() != "whole":
        pass
    ready.wait()
    while not over.is_set() and outcome["refused"] == 0:
        outcome[ask()] += 1

threads = [threading.Thread(target=scrape, args=(outcome,)) for outcome in outcomes]
for thread in threads:
    thread.start()
ready.wait()
print("scraping", flush=True)
sys.stdin.read()
over.set()
for thread in threads:
    thread.join()
print(json.dumps(sum(outcomes, collections.Counter())))
"""

HINDRANCE = network.hindrance()


class Scrapers:
    def __init__(self, process):
        self.process = process

    def end(self):
        """{what they got: how often}"""
        return json.loads(self.process.communicate(timeout=program.LONGEST_RUN)[0])


@contextlib.contextmanager
def scraping(net, port):
    """Several clients that fetch the page as fast as they can."""
    process = subprocess.Popen(
        net.at_server("/usr/bin/python3", "-c", SCRAPE, str(port), str(SCRAPERS)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    try:
        if process.stdout.readline() != b"scraping\n":
            raise AssertionError("they do not scrape")
        yield Scrapers(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def told(page):
    """(frames that ended somewhere, {stage: frames dropped})"""
    return sum(v for _, v in series(page, "frames_total")), sums(
        page, "frames_dropped_total", "stage"
    )


@unittest.skipIf(HINDRANCE, HINDRANCE)
class ScrapeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(network.silent_cable())
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-scrape-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.folder.chmod(0o777)  # reports are written by nobody
        cls.capture = cls.folder / "clients.pcap"
        answers = (
            capture_files.response(i, wire_name(b"zone%d" % i, b"com"), NXDOMAIN)
            for i in range(CLIENTS)
        )
        cls.capture.write_bytes(capture_files.pcap([
            (1_000 * i, capture_files.udp_frame(
                ("192.0.2.53", 53), (f"10.0.{i >> 8}.{i & 255}", 4_000), answer
            ))
            for i, answer in enumerate(answers)
        ]))

    def send(self, count, rate):
        done = subprocess.run(
            self.net.at_client(send_frames(), "eth0", self.capture, str(count), "60", str(rate)),
            check=True, capture_output=True,
        )
        return json.loads(done.stdout)["sent"]

    def test_reception_does_not_wait_for_scrapers(self):
        report = self.folder / "report.json"
        for workers in ("1", "2"):
            with self.subTest(workers=workers), capturing(
                self.net, "--text", "off", "--json", report, "--workers", workers, "--top",
                str(CLIENTS), "--scrape-interval", "1s"
            ) as (process, port):
                with scraping(self.net, port) as scrapers:
                    self.assertEqual(self.send(FRAMES, RATE), FRAMES)
                    got = scrapers.end()
                page = page_with(self.net, port, FRAMES)
                self.assertEqual(told(page), (FRAMES, {}))
                status, _, log = end(process)
                self.assertEqual(status, 0, log)
                self.assertNotIn("level=error", log)
                self.assertEqual(set(got), {"whole"})
                self.assertGreater(got["whole"], 5 * SCRAPERS)
                frames = json.loads(report.read_text(encoding="utf-8"))["frames"]
                self.assertEqual((frames["seen"], frames["residual"]), (FRAMES, 0))
                self.assertEqual(frames["dropped"]["ring"], 0)
                print(f"{workers} workers: {FRAMES} frames beside {got['whole']} scrapes of up to "
                      f"{len(page) >> 10} KiB, none lost")

    def test_a_scrape_during_shutdown_is_whole_or_refused(self):
        seen = set()
        for _ in range(ENDS):
            with capturing(
                self.net, "--text", "off", "--top", str(CLIENTS), "--scrape-interval", "1s"
            ) as (process, port):
                self.assertEqual(self.send(CLIENTS, 0), CLIENTS)
                page_with(self.net, port, CLIENTS)
                with scraping(self.net, port) as scrapers:
                    status, _, log = end(process)
                    self.assertEqual(status, 0, log)
                    got = scrapers.end()
            self.assertGreater(got["refused"], 0)  # one that was told to stop first asks no more
            seen |= set(got)
        self.assertLessEqual(seen, {"whole", "not yet", "no reply", "refused"})

    def test_frames_without_room_are_on_the_page(self):
        """The program stands still while they come: what the ring cannot hold is told, exactly."""
        for workers in ("1", "2"):
            with self.subTest(workers=workers), capturing(
                self.net, "--text", "off", "--ring-size", "1MiB", "--workers", workers
            ) as (process, port):
                page_with(self.net, port, 0)
                program.stand_still(process)
                try:
                    sent = self.send(TOO_MANY, 0)
                finally:
                    process.send_signal(signal.SIGCONT)

                def all_are_told():
                    page = fetch(self.net, port, "/metrics")[1]
                    ended, dropped = told(page)
                    self.assertLessEqual(set(dropped), {"ring"})
                    self.assertLessEqual(ended + dropped.get("ring", 0), sent)
                    # The kernel's own count comes a moment later than the frames it counts.
                    settled = not sums(page, "conservation_residual", "layer")
                    return ended + dropped.get("ring", 0) == sent and "ring" in dropped and settled

                until(all_are_told)
                status, _, log = end(process)
                self.assertEqual(status, 0, log)
                self.assertNotIn("level=error", log)

    def test_without_traffic_pages_go_on_and_say_zero(self):
        for kind in ("af_packet", "pcap"):
            with self.subTest(kind), capturing(
                self.net, "--text", "off", "--capture", kind
            ) as (process, port):
                first = page_with(self.net, port, 0)
                lag = series(first, "capture_lag_seconds")  # measured anew for each page
                until(lambda: series(fetch(self.net, port, "/metrics")[1],
                                     "capture_lag_seconds") != lag)
                page = fetch(self.net, port, "/metrics")[1]
                self.assertEqual(told(page), (0, {}))
                noerror = [v for labels, v in series(page, "responses_total")
                           if labels["rcode"] == "NOERROR"]
                self.assertEqual(set(noerror), {0})
                self.assertEqual(end(process)[0], 0)


if __name__ == "__main__":
    program.main()
