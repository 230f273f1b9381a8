"""A real Alertmanager with the configuration that is shipped, and who is told by it."""

import contextlib
import http.server
import json
import shutil
import subprocess
import threading
import time
import urllib.request

import program
import yaml
from metrics import DEPLOY
from prometheus_server import START, fetch_here, free_port

PROGRAM = "prometheus-alertmanager"  # as Debian calls it
HINDRANCE = "" if shutil.which(PROGRAM) else f"{PROGRAM} is not installed"


class Receiver:
    """Takes what Alertmanager sends: (path, status, labels) of each alert, in order."""

    def __init__(self):
        told, changed = [], threading.Condition()
        self.told, self.changed = told, changed

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()
                with changed:
                    told.extend((self.path, alert["status"], alert["labels"], alert["annotations"])
                                for alert in body["alerts"])
                    changed.notify_all()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def of(self, status):
        """{(path, alert's name)} of what was told."""
        with self.changed:
            return {(path, labels["alertname"]) for path, told, labels, _ in self.told if told == status}

    def wait_for(self, status, *names, seconds=program.LONGEST_RUN):
        """Until alerts of these names were told to have this status."""
        with self.changed:
            found = self.changed.wait_for(
                lambda: set(names) <= {name for _, name in self.of(status)}, seconds
            )
        if not found:
            raise AssertionError(f"not told: {status} {names}; told: {self.told}")


class Alertmanager:
    """On a free port of loopback. What is shipped, but for where it tells, and that it does so at once."""

    def __init__(self, folder, receiver):
        config = yaml.safe_load((DEPLOY / "prometheus" / "alertmanager.yml").read_text(encoding="utf-8"))
        config["route"].update(group_wait="200ms", group_interval="1s")
        for entry in config["receivers"]:
            for webhook in entry["webhook_configs"]:
                webhook["url"] = f"http://127.0.0.1:{receiver.port}/{entry['name']}"
        path = folder / "alertmanager.yml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        self.port = free_port()
        self.log = folder / "alertmanager.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, f"--config.file={path}", f"--storage.path={folder / 'alertmanager'}",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        end = time.monotonic() + START
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError):
                fetch_here(self.port, "/-/ready")
                return
            time.sleep(0.1)  # between two questions
        self.stop()
        raise AssertionError(f"Alertmanager did not start: {self.log.read_text()}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(program.LONGEST_RUN)
        finally:
            self.process.kill()
            self.process.wait()

    def post(self, alerts):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/alerts", json.dumps(alerts).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=program.LONGEST_RUN).close()

    def alerts(self):
        """[(labels, whether another alert silences it)]"""
        return [(alert["labels"], bool(alert["status"]["inhibitedBy"]))
                for alert in json.loads(fetch_here(self.port, "/api/v2/alerts"))]
