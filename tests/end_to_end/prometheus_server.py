"""A real Prometheus."""

import contextlib
import json
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import program

START = 60  # seconds, on a busy machine


def fetch_here(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as reply:
        return reply.read()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Prometheus:
    """Scrapes {job: port} each second, on a free port of loopback, keeping its blocks in folder/data.
    `inside`: what a command begins with in another network namespace, and `fetch` what is at a port's
    path there. `more`: other parts of its configuration; `options`: of its command line."""

    def __init__(self, folder, jobs, inside=(), fetch=fetch_here, more=None, options=(), port=None):
        self.fetch = fetch
        config = {
            "global": {
                "scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s",
            },
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
                for job, port in jobs.items()
            ],
            **(more or {}),
        }
        path = folder / "prometheus.yml"
        path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
        self.port = port or free_port()
        self.log = folder / "prometheus.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*inside, "prometheus", f"--config.file={path}", f"--storage.tsdb.path={folder / 'data'}",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn",
                 "--storage.tsdb.retention.time=100y", *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(program.LONGEST_RUN)
        finally:
            self.process.kill()
            self.process.wait()

    def query(self, expression, time=None):
        """[(labels, value)], of now or of a time in seconds."""
        parameters = {"query": expression} | ({} if time is None else {"time": time})
        path = "/api/v1/query?" + urllib.parse.urlencode(parameters)
        answer = json.loads(self.fetch(self.port, path))
        return [(row["metric"], float(row["value"][1])) for row in answer["data"]["result"]]

    def samples(self, selector, time):
        """[[(time, value)]] of each series, as they were read; the selector has a range that ends then."""
        parameters = urllib.parse.urlencode({"query": selector, "time": time})
        answer = json.loads(self.fetch(self.port, "/api/v1/query?" + parameters))
        return [[(at, float(value)) for at, value in row["values"]] for row in answer["data"]["result"]]

    def query_range(self, expression, begin, end, step):
        """[(labels, [value])] of times that are seconds since 1970."""
        path = "/api/v1/query_range?" + urllib.parse.urlencode(
            {"query": expression, "start": begin, "end": end, "step": step}
        )
        answer = json.loads(self.fetch(self.port, path))
        return [(row["metric"], [float(value) for _, value in row["values"]])
                for row in answer["data"]["result"]]

    def wait_until_ready(self):
        end = time.monotonic() + START
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                self.fetch(self.port, "/-/ready")
                return
            time.sleep(0.1)  # between two questions
        raise AssertionError(f"Prometheus did not start: {self.log.read_text()}")

    def wait_until_scraped(self, jobs):
        """Until each job was scraped, well or not; {job: up}."""
        end = time.monotonic() + START
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                if len(rows := self.query("up")) == len(jobs):
                    return {labels["job"]: value for labels, value in rows}
            time.sleep(0.1)  # between two questions
        raise AssertionError(f"Prometheus did not scrape: {self.log.read_text()}")
