#!/usr/bin/python3
"""--remote-write of a replay: into a real Prometheus, whose answers are the figures of the JSON report; into
one that is away, or refuses; and byte by byte."""

import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import backfill_test
import capture_files
import program
import remote_write
from prometheus_server import free_port

CAPTURE = program.CAPTURES / "g10-auth-answers.pcap"


def replay(*arguments):
    """The finished replay, and what became of samples by URL."""
    done = program.replay("--json", "-", *arguments)
    return done, remote_write.counts(done.stderr.decode())


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-remote-")
        cls.addClassCleanup(folder.cleanup)
        cls.day = Path(folder.name) / "day.pcap"
        backfill_test.synthetic_day(cls.day)

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-remote-")
        self.addCleanup(folder.cleanup)
        return Path(folder.name)

    def responder(self, *answers):
        responder = remote_write.Responder(answers)
        self.addCleanup(responder.stop)
        return responder

    def prometheus(self, folder, port=None):
        server = remote_write.prometheus(folder, port)
        self.addCleanup(server.stop)
        return server


class Requests(Case):
    """What is sent, by other readers of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        responder = remote_write.Responder()
        cls.addClassCleanup(responder.stop)
        cls.done, _ = replay("--openmetrics-step", "15m", "--openmetrics", "/dev/stderr", "--remote-write",
                             responder.url, "--external-label", "region=a,instance=here",
                             "--external-label", "server=outer", cls.day)
        cls.requests, cls.samples = responder.requests, responder.samples()

    def test_headers_are_those_of_the_specification(self):
        for _, headers, _ in self.requests:
            self.assertEqual(headers["Content-Encoding"], "snappy")
            self.assertEqual(headers["Content-Type"], "application/x-protobuf")
            self.assertEqual(headers["X-Prometheus-Remote-Write-Version"], "0.1.0")
            self.assertTrue(headers["User-Agent"])

    def test_samples_are_those_of_openmetrics(self):
        expected = {}
        for line in self.done.stderr.decode().splitlines():
            if found := re.fullmatch(r"(rcodescope_\w+)\{(.*)\} (\S+) (\S+)", line):
                labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2]))
                labels |= {"__name__": found[1], "instance": "here", "region": "a"}
                labels.setdefault("server", "outer")  # a series keeps a label of its own
                labels = {n: re.sub(r"\\(.)", r"\1", v) for n, v in labels.items()}
                key = tuple(sorted((n, v) for n, v in labels.items() if v))
                expected[key, round(float(found[4]) * 1000)] = float(found[3])
        found = {(s.labels, s.ms): s.value for s in self.samples if s.value is not None}
        self.assertGreater(len(expected), 5000)
        self.assertEqual(found, expected)
        self.assertEqual(len(found), sum(s.value is not None for s in self.samples), "each once")

    def test_labels_are_sorted_and_not_empty(self):
        for sample in self.samples:
            names = [name for name, _ in sample.labels]
            self.assertEqual(names, sorted(set(names)))
            self.assertTrue(all(value for _, value in sample.labels))

    def test_time_goes_on_and_every_series_ends_once(self):
        times = [sample.ms for sample in self.samples]
        self.assertEqual(times, sorted(times))
        ends = [sample.labels for sample in self.samples if sample.value is None]
        self.assertEqual(len(ends), len(set(ends)))
        self.assertEqual(set(ends), {sample.labels for sample in self.samples})

    def test_requests_are_of_a_bounded_size(self):
        sizes = [len(remote_write.read(body)) for _, _, body in self.requests]
        self.assertLessEqual(max(sizes), 2000)

    def test_the_report_does_not_depend_on_it(self):
        self.assertEqual(self.done.stdout, program.replay("--json", "-", self.day).stdout)


class Answers(Case):
    """What a target says, and what follows."""

    def test_5xx_and_429_are_tried_again_when_the_target_says(self):
        responder = self.responder((503, {"Retry-After": "1"}), (429, {"Retry-After": "1"}), (500, {}))
        done, (counts,) = replay("--openmetrics-step", "1h", "--remote-write", responder.url, self.day)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(counts["sent"], counts["samples"])
        self.assertEqual(counts["retried"], 3 * len(remote_write.read(responder.requests[0][2])))
        times = [at for at, _, _ in responder.requests]
        self.assertGreaterEqual(times[1] - times[0], 1)
        self.assertGreaterEqual(times[2] - times[1], 1)
        self.assertEqual(len({body for _, _, body in responder.requests[:4]}), 1, "nothing overtakes")

    def test_another_4xx_is_final_for_that_request_alone(self):
        responder = self.responder((400, {}))
        done, (counts,) = replay("--openmetrics-step", "1h", "--remote-write", responder.url, self.day)
        self.assertEqual(done.returncode, 69)
        self.assertIn(b"HTTP status 400", done.stderr)
        self.assertEqual(counts["rejected"], len(remote_write.read(responder.requests[0][2])))
        self.assertEqual(counts["sent"], counts["samples"] - counts["rejected"])
        self.assertEqual(counts["retried"], 0)
        self.assertGreater(counts["sent"], 0)

    def test_patience_has_an_end_and_one_target_does_not_hold_up_another(self):
        responder = self.responder()
        dead = remote_write.url(free_port())
        done, (lost, well) = replay("--remote-write", dead, "--remote-write", responder.url,
                                    "--remote-write-patience", "1s", CAPTURE)
        self.assertEqual(done.returncode, 69)
        self.assertIn(f"--remote-write {dead}: ".encode(), done.stderr)
        self.assertEqual((lost["sent"], lost["lost_at_end"]), (0, lost["samples"]))
        self.assertGreater(lost["retried"], 0)
        self.assertEqual(well["sent"], well["samples"])
        self.assertEqual(json.loads(done.stdout), program.report(CAPTURE), "the report is written all the same")

    def test_a_signal_ends_it(self):
        with program.running("replay", "--text", "off", "--remote-write", remote_write.url(free_port()),
                             CAPTURE, stderr=subprocess.PIPE) as process:
            log = b""
            while b"samples are not taken" not in log:
                log += process.stderr.readline()
            process.send_signal(signal.SIGINT)
            log += process.stderr.read()
            self.assertEqual(process.wait(program.LONGEST_RUN), 69)
        (counts,) = remote_write.counts(log.decode())
        self.assertEqual(counts["lost_at_end"], counts["samples"])


class Refusals(Case):
    def refused(self, status, words, *arguments):
        done = program.replay(*arguments, CAPTURE)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(words, done.stderr.decode())
        self.assertEqual(done.stdout, b"")

    def test_what_cannot_be(self):
        to = ("--remote-write", "http://127.0.0.1:9/api/v1/write")
        for arguments, words in (
            (("--remote-write", "https://a/"), "not http://HOST"),
            ((*to, *to), "twice"),
            (("--external-label", "a=b"), "without --remote-write"),
            (("--remote-write-spool", "/tmp"), "without --remote-write"),
            ((*to, "--external-label", "a"), "has no ="),
            ((*to, "--external-label", "1a=b"), "no label's name"),
            ((*to, "--external-label", "__name__=b"), "no label's name"),
            ((*to, "--external-label", "a="), "has no value"),
            ((*to, "--external-label", "a=b,a=c"), "twice"),
            ((*to, "--rcode", "2"), "never of a part"),
        ):
            with self.subTest(arguments):
                self.refused(64, words, *arguments)
        self.refused(69, "nosuch.invalid", "--remote-write", "http://nosuch.invalid/")
        self.refused(73, "/nosuch", *to, "--remote-write-spool", "/nosuch")

    def test_a_spool_is_of_one_process(self):
        folder = self.folder()
        to = ("--remote-write", remote_write.url(free_port()), "--remote-write-spool", folder)
        with program.running("replay", "--text", "off", *to, CAPTURE, stderr=subprocess.PIPE) as process:
            while b"samples are not taken" not in process.stderr.readline():
                pass
            self.refused(73, "in use by another process", *to)


class Spool(Case):
    """Where samples wait for a target that is away."""

    def test_what_waits_is_sent_by_the_next_run(self):
        folder, port = self.folder(), free_port()
        spool = folder / "spool"
        spool.mkdir()
        to = ("--remote-write", remote_write.url(port), "--remote-write-spool", spool,
              "--openmetrics-step", "5s")
        done, (counts,) = replay(*to, "--remote-write-patience", "1s", CAPTURE)
        self.assertEqual(done.returncode, 69)
        self.assertEqual(counts["in_spool"], counts["samples"])
        self.assertTrue(list(spool.iterdir()))
        server = self.prometheus(folder, port)
        done, (again,) = replay(*to, "--external-label", "instance=again", CAPTURE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(again["samples"], 2 * counts["samples"])
        self.assertEqual(list(spool.iterdir()), [])
        report = json.loads(done.stdout)
        last = backfill_test.seconds(report["time"]["last"]) // 5 * 5 + 5
        for instance in ("replay", "again"):
            expression = f'sum by (rcode) (rcodescope_responses_total{{instance="{instance}"}}) > 0'
            found = {labels["rcode"]: value for labels, value in server.query(expression, last)}
            self.assertEqual(found, program.responses(report["rcodes"]))

    def test_files_that_are_damaged_or_of_others(self):
        folder = self.folder()
        responder = self.responder()
        dead = remote_write.url(free_port())
        replay("--remote-write", dead, "--remote-write-spool", folder, "--remote-write-patience", "1s", CAPTURE)
        (file,) = folder.iterdir()
        samples = int(file.name.split("-")[-1].split(".")[0])
        (folder / "notes.txt").write_text("not ours", encoding="utf-8")
        done, (other,) = replay("--remote-write", responder.url, "--remote-write-spool", folder, CAPTURE)
        self.assertEqual((done.returncode, other["samples"]), (0, samples), "another target's is left alone")
        file.write_bytes(file.read_bytes()[:-1])
        done, (counts,) = replay("--remote-write", dead, "--remote-write-spool", folder,
                                 "--remote-write-patience", "1s", CAPTURE)
        self.assertEqual(counts["spool_failed"], samples)
        self.assertEqual(counts["in_spool"], samples)
        self.assertEqual((folder / "notes.txt").read_text(encoding="utf-8"), "not ours")

    def fill(self, spool, *arguments):
        """An hour, second by second, for a target that is away."""
        capture = self.folder() / "hour.pcap"
        frames = [((backfill_test.BEGIN + second) * 1_000_000,
                   capture_files.udp_frame(("192.0.2.53", 53), ("198.51.100.1", 4000),
                                           capture_files.response(second, capture_files.wire_name(b"a", b"com"), second % 4)))
                  for second in range(0, 3600, 2)]
        capture.write_bytes(capture_files.pcap(frames))
        return replay("--remote-write", remote_write.url(free_port()), "--remote-write-spool", spool,
                      "--remote-write-patience", "1s", "--remote-write-queue", "1MiB",
                      "--openmetrics-step", "1s", *arguments, capture)

    def test_it_is_bounded_and_the_newest_stay(self):
        spool = self.folder()
        done, (counts,) = self.fill(spool, "--remote-write-spool-size", "1MiB")
        self.assertEqual(done.returncode, 69)
        self.assertLessEqual(sum(file.stat().st_size for file in spool.iterdir()), 1 << 20)
        self.assertGreater(counts["no_room"], 0)
        self.assertGreater(counts["in_spool"], 0)
        newest = max(spool.iterdir())
        ends = [sample for sample in remote_write.read(newest.read_bytes()) if sample.value is None]
        self.assertTrue(ends, "the very last request is there")

    @unittest.skipIf(os.geteuid() != 0, "mounting takes root")
    def test_a_full_disk(self):
        spool = self.folder()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", spool], check=True)
        self.addCleanup(subprocess.run, ["umount", spool], check=True)
        done, (counts,) = self.fill(spool)
        self.assertEqual(done.returncode, 69)
        self.assertGreater(counts["no_room"], 0)
        files = [file for file in spool.iterdir()]
        self.assertEqual(sum(len(remote_write.read(file.read_bytes())) for file in files), counts["in_spool"],
                         "what is there is whole")
        self.assertEqual(counts["spool_failed"], 0)


class Figures(Case, backfill_test.PrometheusTest):
    """All that is true of --into-prometheus, of a Prometheus that was sent the samples."""

    def load(self, capture, step):
        folder = self.folder()
        server = self.prometheus(folder)
        done, (counts,) = replay("--remote-write", remote_write.url(server.port), "--openmetrics-step", f"{step}s",
                                 capture)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(counts["sent"], counts["samples"])
        return server, json.loads(done.stdout)

    def test_series_end_with_the_capture(self):
        server, report = self.load(CAPTURE, 5)
        end = backfill_test.seconds(report["time"]["last"]) // 5 * 5 + 5
        everything = '{__name__=~"rcodescope_.*"}'
        self.assertGreater(len(server.query(everything, end)), 100)
        self.assertEqual(server.query(everything, end + 1), [])

    def test_what_is_too_old_for_it_is_rejected_and_counted(self):
        server, _ = self.load(CAPTURE, 5)  # of November 2026
        done, (counts,) = replay("--remote-write", remote_write.url(server.port), "--openmetrics-step", "1h",
                                 self.day)  # of January
        self.assertEqual(done.returncode, 69)
        self.assertIn(b"HTTP status 400", done.stderr)
        self.assertEqual(counts["rejected"], counts["samples"])


class Victoria(Case, backfill_test.VictoriaTest):
    """The same, of a VictoriaMetrics."""

    def load(self, port, capture):
        done, _ = replay("--remote-write", remote_write.url(port), "--openmetrics-step", "5s", capture)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    program.main()
