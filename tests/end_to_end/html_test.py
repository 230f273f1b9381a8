#!/usr/bin/python3
"""The HTML report in a real browser: charts are drawn, the filter works, hostile names stay text."""

import collections
import json
import re
import subprocess
import tempfile
import unittest
from html import unescape
from pathlib import Path

import browser
import capture_files
import program

# What the browser does not need here, and must not ask the network for.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--window-size=1280,2400",
]
VIRTUAL_TIME = "--virtual-time-budget=8000"
LONGEST = 120  # seconds, on a busy machine

# Runs behind the page's own script; what it finds ends up in an attribute of <html>.
DRIVER = """<script>
const found = {};
const rows = (id) => [...document.querySelectorAll(`#${id} tbody tr`)].map((tr) => [...tr.cells].map((c) => c.textContent));
found.before = rows("clients");
const select = document.getElementById("code");
found.codes = [...select.options].map((o) => o.value);
select.value = "SERVFAIL";
select.dispatchEvent(new Event("change"));
for (const who of ["servers", "zones", "clients"]) found[who] = rows(who);
found.meaning = document.querySelector("#code").closest("section").querySelector("p").textContent;
const paths = () => [...document.querySelectorAll("svg path[data-code]")].map((p) => p.dataset.code);
found.paths = paths();
[...document.querySelectorAll(".controls button")].find((b) => b.textContent === "NOERROR").click();
found.withoutNoerror = paths();
[...document.querySelectorAll(".controls button")].find((b) => b.textContent === "logarithmic").click();
found.lines = document.querySelectorAll("svg path[data-code][fill=none]").length;
document.querySelector("details").open = true;
document.querySelector("details").dispatchEvent(new Event("toggle"));
found.table = [...document.querySelectorAll("details tbody tr")].map((tr) => [...tr.cells].map((c) => c.textContent));
found.scripts = document.scripts.length;
found.images = document.images.length;
document.documentElement.dataset.found = JSON.stringify(found);
</script></body>"""


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-html-", ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)

    def dom(self, url, flags=(VIRTUAL_TIME,)):
        """The page's markup after its scripts have run."""
        command = ["chromium", *FLAGS, *flags, f"--user-data-dir={self.folder / 'profile'}", "--dump-dom", url]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=LONGEST, check=True)
        return done.stdout.decode()

    def page(self, *arguments):
        """(the report as a page, the same as JSON)"""
        path = self.folder / "report.html"
        # Two threads take turns at each window: a busy machine makes each of them wait for its own.
        done = program.replay("--html", path, "--json", "-", *arguments, timeout=4 * program.LONGEST_RUN)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path.read_text(encoding="utf-8"), json.loads(done.stdout)

    def drive(self, page):
        driven = self.folder / "driven.html"
        driven.write_text(page.replace("</body>", DRIVER), encoding="utf-8")
        match = re.search(r'data-found="([^"]*)"', self.dom(f"file://{driven}"))
        self.assertIsNotNone(match, "the driver came to its end")
        return json.loads(unescape(match[1]))


def numbers(rows):
    return {row[0]: int(row[1].replace(",", "")) for row in rows}


class PageTest(Browser):
    def test_charts_are_drawn_and_the_filter_shows_who(self):
        page, report = self.page(*[program.CAPTURES / f"{n}.pcap" for n in ("g08-servfail-ede", "g10-auth-answers")])
        found = self.drive(page)
        self.assertEqual(sorted(found["paths"]), sorted(report["series"]["rcodes"]))
        self.assertEqual(sorted(found["withoutNoerror"]), sorted(set(report["series"]["rcodes"]) - {"NOERROR"}))
        self.assertEqual(found["lines"], len(found["withoutNoerror"]), "one line a code on the logarithmic scale")
        self.assertEqual(set(found["codes"]), {"all errors"} | {row["rcode"] for row in report["rcodes"]})
        for dimension in ("server", "zone", "client"):
            expected = {e[dimension]: e["rcodes"]["SERVFAIL"] for e in report[f"{dimension}s"] if e["rcodes"].get("SERVFAIL")}
            self.assertTrue(expected)
            shown = numbers(found[f"{dimension}s"])
            largest = sorted(expected.items(), key=lambda pair: -pair[1])[:25]
            self.assertEqual(sorted(shown.values()), sorted(count for _, count in largest), dimension)
            for key, count in shown.items():
                self.assertEqual(expected[key], count)
        errors = {e["client"]: sum(n for c, n in e["rcodes"].items() if c != "NOERROR") for e in report["clients"]}
        self.assertEqual(numbers(found["before"]), {c: n for c, n in errors.items() if n})
        self.assertIn("could not do its work", found["meaning"])

    def test_behind_the_chart_is_a_table_with_its_numbers(self):
        page, report = self.page(program.CAPTURES / "g10-auth-answers.pcap")
        rows = self.drive_table(page)
        series = report["series"]["rcodes"]
        self.assertEqual(sum(sum(values) for values in series.values()), rows)

    def drive_table(self, page):
        driver = DRIVER.replace('select.value = "SERVFAIL";', 'select.value = "NXDOMAIN";')
        driven = self.folder / "driven.html"
        driven.write_text(page.replace("</body>", driver), encoding="utf-8")
        found = json.loads(unescape(re.search(r'data-found="([^"]*)"', self.dom(f"file://{driven}"))[1]))
        return sum(int(cell.replace(",", "")) for row in found["table"] for cell in row[1:])

    def test_hostile_names_stay_text(self):
        labels = [b"</script><script>document.title=1", b"<img src=x onerror=alert(1)>", b"<!--<script>", b'"><b>\xff\x00\x1b[2J',
                  b"&lt;svg onload=1&gt;"]
        frames = []
        for i, label in enumerate(labels):
            name = capture_files.wire_name(label, b"test")
            answer = capture_files.response(i, name, capture_files.SERVFAIL)
            frames.append((i, capture_files.udp_frame(("192.0.2.53", 53), ("198.51.100.1", 999), answer)))
            asked = capture_files.response(i, name, capture_files.NOERROR)
            frames.append((i, capture_files.udp_frame(("192.0.2.53", 53), ("198.51.100.1", 999), asked)))
        capture = self.folder / "<img src=x onerror=document.title=2>.pcap"
        capture.write_bytes(capture_files.pcap(frames))
        page, report = self.page(capture)
        plain, _ = self.page(program.CAPTURES / "g08-servfail-ede.pcap")
        self.assertEqual(page.count("<script"), plain.count("<script"), "nothing of the data is markup")
        found = self.drive(page)
        self.assertEqual((found["images"], found["scripts"]), (0, page.count("<script") + 1))
        zones = {e["zone"] for e in report["zones"] if e["zone"] != "other"}
        self.assertEqual(len(zones), len(labels))
        self.assertEqual({row[0] for row in found["zones"]}, zones, "they are shown as they are")
        hostile = self.folder / "hostile.html"
        hostile.write_text(page, encoding="utf-8")
        self.assertIn("<title>DNS response codes</title>", self.dom(f"file://{hostile}"))
        with browser.Browser([*FLAGS, f"--user-data-dir={self.folder / 'hostile'}"]) as drilled:
            drilled.open(f"file://{hostile}")
            for zone in zones:
                drilled.click(KEY % ("zones", json.dumps(zone)))
                self.assertEqual(drilled.value("document.getElementById('here').textContent"), f"zone {zone}")
                self.assertEqual(drilled.value("[document.images.length, document.querySelectorAll('main script, b b, main iframe').length]"), [0, 0])
                self.assertEqual(numbers(drilled.value(TABLE % "servers")), {"192.0.2.53": 1})
                drilled.press("Escape")
            self.assertEqual(drilled.value("document.title"), "DNS response codes")

    def test_it_needs_nothing_but_itself(self):
        page, _ = self.page(program.CAPTURES / "g10-auth-answers.pcap")
        self.assertNotRegex(page, r"(?i)<(link|iframe|img|object|embed|base)\b|\bsrc=|\burl\(|@import")
        self.assertIn("default-src 'none'", page)
        addresses = set(re.findall(r"https?://[^\"' )]+", page))
        self.assertLessEqual(addresses, {"http://www.w3.org/2000/svg"}, "a namespace is no address")

    def test_more_windows_and_keys_than_are_shown_stay_small(self):
        frames = []
        for i in range(40_000):
            name = capture_files.wire_name(b"a" * 60, b"%d" % (i % 9000) + b"b" * 50, b"test")
            answer = capture_files.response(i, name, (0, 2, 3)[i % 3])
            at = 1_767_225_600_000_000 + i // 10 * 1_000_000
            client = (f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", 999)
            frames.append((at, capture_files.udp_frame(("192.0.2.53", 53), client, answer)))
        capture = self.folder / "long.pcap"
        capture.write_bytes(capture_files.pcap(frames))
        page, report = self.page(capture)
        self.assertLess(len(page), 1_000_000)
        for code, responses in program.responses(report["rcodes"]).items():
            self.assertEqual(sum(report["series"]["rcodes"][code]), responses, "steps are sums: nothing is left out")
        found = self.drive(page)
        self.assertEqual(len(found["paths"]), 3)

    def test_a_report_of_100000_windows_opens_within_2_seconds(self):
        seconds, begin = 100_000, 1_767_225_600
        frames = []
        for i in range(seconds):
            for k in range(1 + 12 * (60_000 <= i < 60_060)):  # a minute of SERVFAIL, which is a spike
                code = 2 if k else (0, 0, 0, 3)[i % 4]
                name = capture_files.wire_name(b"a", b"%d" % (i % 700), b"test")
                answer = capture_files.response(i % 65536, name, code)
                client = (f"10.0.{i % 900 >> 8}.{i % 900 & 255}", 999)
                frames.append(((begin + i) * 1_000_000, capture_files.udp_frame((f"192.0.2.{i % 200}", 53), client, answer)))
        capture = self.folder / "day.pcap"
        capture.write_bytes(capture_files.pcap(frames))
        page, report = self.page(capture)
        self.assertLess(len(page.encode()), 10_000_000)
        self.assertGreater(len(report["spikes"]), 0)
        timed = self.folder / "timed.html"
        # Once all is laid out; milliseconds since the navigation began.
        timed.write_text(page.replace("</body>", """<script>
const height = document.body.getBoundingClientRect().height;
document.documentElement.dataset.found = JSON.stringify({ ms: performance.now(), height,
  paths: [...document.querySelectorAll("svg path[data-code]")].map((p) => [p.dataset.code, p.getTotalLength() > 0]),
  marks: [...document.querySelectorAll("svg .spike title")].map((t) => t.textContent),
  numbers: document.querySelectorAll("svg .mark").length,
  note: document.querySelector("svg").closest("section").querySelector("p").textContent });
</script></body>"""), encoding="utf-8")
        loads = []
        for _ in range(3):  # other work on the machine makes one slower
            match = re.search(r'data-found="([^"]*)"', self.dom(f"file://{timed}", flags=()))
            loads.append(json.loads(unescape(match[1])))
        milliseconds = min(load["ms"] for load in loads)
        print(f"\n100,000 windows: {len(page.encode()):,} bytes, open after {milliseconds:.0f} ms")
        self.assertLess(milliseconds, 2000)
        found = loads[0]
        self.assertEqual(sorted(found["paths"]), [[code, True] for code in sorted(report["series"]["rcodes"])])
        self.assertEqual(sorted(found["marks"]), sorted(spike["text"] for spike in report["spikes"]))
        self.assertGreater(found["numbers"], 0)
        steps = len(report["series"]["rcodes"]["SERVFAIL"])
        together = report["series"]["step_seconds"]
        self.assertIn(f"sums of {together} windows each, for there are {together * steps:,}", found["note"])

    def test_4096_codes_stay_small(self):
        page, report = self.page(program.CAPTURES / "g21-rcode-sweep.pcap")
        self.assertEqual(len({row["code"] for row in report["rcodes"] if row["space"] == "dns"}), 4096)
        self.assertLess(len(page), 1_000_000)
        self.assertIn("“other” are unassigned codes", self.dom(f"file://{self.folder / 'report.html'}"))

    def test_nothing_at_all_is_a_page_as_well(self):
        capture = self.folder / "empty.pcap"
        capture.write_bytes(capture_files.pcap([]))
        path = self.folder / "empty.html"
        self.assertEqual(program.replay("--html", path, capture).returncode, 0)
        self.assertIn("nothing was seen yet", self.dom(f"file://{path}"))


# (zone, server, client, code): how often, in which seconds. The ledger of the capture that is drilled into.
SPLIT = [(b"bank", "192.0.2.53", "198.51.100.1", 2, 7, range(0, 10)), (b"bank", "192.0.2.53", "198.51.100.2", 2, 3, range(20, 40)),
         (b"bank", "192.0.2.54", "198.51.100.1", 2, 2, range(5, 6)), (b"bank", "192.0.2.54", "198.51.100.3", 3, 4, range(30, 32)),
         (b"shop", "192.0.2.54", "198.51.100.2", 2, 5, range(12, 14)), (b"shop", "192.0.2.53", "198.51.100.1", 0, 9, range(0, 40))]


def split_capture():
    frames = []
    for zone, server, client, code, count, seconds in SPLIT:
        for second in seconds:
            for i in range(count):
                answer = capture_files.response(i, capture_files.wire_name(b"www", zone, b"test"), code)
                frames.append((1_767_225_600_000_000 + second * 1_000_000 + i, capture_files.udp_frame((server, 53), (client, 999), answer)))
    return capture_files.pcap(sorted(frames, key=lambda frame: frame[0]))


def ledger(column, **chosen):
    """Responses by one column of SPLIT, of rows that have the others."""
    columns = {"zone": 0, "server": 1, "client": 2, "code": 3}
    sums = collections.Counter()
    for row in SPLIT:
        if row[3] and all(row[columns[name]] == value for name, value in chosen.items()):
            key = f"{row[0].decode()}.test." if column == "zone" else row[columns[column]]
            sums[key] += row[4] * len(row[5])
    return dict(sums)


TABLE = """[...document.querySelectorAll("#%s tbody tr")].map((tr) => [...tr.cells].map((c) => c.textContent))"""
KEY = """[...document.querySelectorAll("#%s button.key")].find((b) => b.textContent === %s)"""
FOCUSED = "document.activeElement.textContent"


class DrillTest(Browser):
    def setUp(self):
        capture = self.folder / "split.pcap"
        capture.write_bytes(split_capture())
        self.page(capture)
        flags = [*FLAGS, f"--user-data-dir={self.folder / 'drilled'}"]
        self.browser = self.enterContext(browser.Browser(flags))
        self.browser.open(f"file://{self.folder / 'report.html'}")

    def shown(self, table):
        return numbers(self.browser.value(TABLE % table))

    def choose(self, code):
        self.browser.value(f"(() => {{ const s = document.getElementById('code'); s.value = {json.dumps(code)};"
                           " s.dispatchEvent(new Event('change')); })()")

    def key(self, table, name):
        return KEY % (table, json.dumps(name))

    def test_by_click_from_a_zone_to_its_clients_and_back(self):
        self.assertEqual(self.shown("zones"), ledger("zone"))
        self.browser.click(self.key("zones", "bank.test."))
        self.assertEqual(self.shown("servers"), ledger("server", zone=b"bank"))
        self.assertEqual(self.shown("clients"), ledger("client", zone=b"bank"))
        names = {2: "SERVFAIL", 3: "NXDOMAIN"}
        self.assertEqual(self.shown("codes"), {names[code]: n for code, n in ledger("code", zone=b"bank").items()})
        self.choose("SERVFAIL")
        self.assertEqual(self.shown("servers"), ledger("server", zone=b"bank", code=2))
        self.browser.click(self.key("servers", "192.0.2.53"))
        self.assertEqual(self.shown("clients"), ledger("client", zone=b"bank", server="192.0.2.53", code=2))
        self.browser.click(self.key("clients", "198.51.100.2"))
        self.assertIn("60 responses with SERVFAIL", self.browser.value("document.getElementById('here-count').textContent"))
        self.browser.click("[...document.querySelectorAll('.crumbs button')][1]")
        self.assertEqual(self.shown("servers"), ledger("server", zone=b"bank", code=2))
        self.browser.click("document.querySelector('.crumbs button')")
        self.assertEqual(self.shown("zones"), ledger("zone", code=2))

    def tab_to(self, name):
        for _ in range(200):
            self.browser.press("Tab")
            if self.browser.value(FOCUSED) == name:
                return
        self.fail(f"{name} cannot be reached")

    def test_by_keyboard_alone(self):
        for name in ("bank.test.", "192.0.2.53"):
            self.tab_to(name)
            self.browser.press("Enter")
            self.assertIn(name, self.browser.value(FOCUSED), "where one is has the focus")
        self.assertEqual(self.shown("clients"), ledger("client", zone=b"bank", server="192.0.2.53"))
        self.browser.press("Escape")
        self.assertEqual(self.shown("servers"), ledger("server", zone=b"bank"))
        self.browser.press("Escape")
        self.assertEqual(self.shown("zones"), ledger("zone"))

    def test_beside_each_key_is_its_line_over_time(self):
        lines = self.browser.value("""Object.fromEntries([...document.querySelectorAll("#zones tbody tr, #servers tbody tr, #clients tbody tr")]
          .map((tr) => [tr.cells[0].textContent, tr.querySelector("svg.spark path").getTotalLength() > 100 &&
            tr.querySelector("svg.spark").getAttribute("aria-label")]))""")
        keys = set(ledger("zone")) | set(ledger("server")) | set(ledger("client"))
        self.assertEqual(set(lines), keys)
        self.assertEqual(lines["bank.test."], f"bank.test.: at most {7 + 2} in 1 s")
        self.assertEqual(lines["shop.test."], "shop.test.: at most 5 in 1 s")
        data = self.browser.value("errors.series.zones.find((z) => z.zone === 'bank.test.').rcodes.SERVFAIL")
        expected = [0] * 40
        for zone, _, _, code, count, seconds in SPLIT:
            for second in seconds:
                expected[second] += count if (zone, code) == (b"bank", 2) else 0
        self.assertEqual(data, expected)

    def test_on_paper_the_paths_are_a_table(self):
        rows = self.browser.value("[...document.querySelectorAll('.paper tbody tr')].map((tr) => [...tr.cells].map((c) => c.textContent))")
        names = {2: "SERVFAIL", 3: "NXDOMAIN"}
        self.assertEqual({(*row[:4], int(row[4])) for row in rows},
                         {(f"{z.decode()}.test.", s, c, names[code], n * len(at)) for z, s, c, code, n, at in SPLIT if code})
        display = "getComputedStyle(document.querySelector('.paper')).display"
        self.assertEqual(self.browser.value(display), "none")
        self.browser.call("Emulation.setEmulatedMedia", media="print")
        self.assertEqual(self.browser.value(display), "block")


class ServedTest(Browser):
    def test_the_running_instance_serves_it(self):
        capture = program.CAPTURES / "g08-servfail-ede.pcap"
        with program.serving(capture) as (_, port):
            dom = self.dom(f"http://127.0.0.1:{port}/")
        self.assertRegex(dom, r'<path [^>]*data-code="SERVFAIL"')
        self.assertIn('class="spark"', dom)
        for row in program.report(capture)["rcodes"]:
            self.assertIn(f"</span>{row['rcode']}</button>", dom)


if __name__ == "__main__":
    program.main()
