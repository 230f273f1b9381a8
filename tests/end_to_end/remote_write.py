"""What takes Prometheus remote write: a real Prometheus, and one that answers what it is told to and reads
requests with Debian's protobuf and snappy."""

import collections
import http.server
import math
import re
import struct
import threading
import time

import prometheus_server
import snappy
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

RECEIVES = ("--web.enable-remote-write-receiver",)
STALE = 0x7FF0000000000002  # prometheus/model/value: StaleNaN
COUNTS = ("sent", "rejected", "no_room", "spool_failed", "lost_at_end", "in_spool")


def messages():
    """The class of WriteRequest, from the schema that the specification prints."""
    field = descriptor_pb2.FieldDescriptorProto
    schema = {
        "WriteRequest": [("timeseries", 1, "TimeSeries", True)],
        "TimeSeries": [("labels", 1, "Label", True), ("samples", 2, "Sample", True)],
        "Label": [("name", 1, field.TYPE_STRING, False), ("value", 2, field.TYPE_STRING, False)],
        "Sample": [("value", 1, field.TYPE_DOUBLE, False), ("timestamp", 2, field.TYPE_INT64, False)],
    }
    file = descriptor_pb2.FileDescriptorProto(name="remote.proto", package="prometheus", syntax="proto3")
    for name, fields in schema.items():
        message = file.message_type.add(name=name)
        for field_name, number, kind, repeated in fields:
            label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
            added = message.field.add(name=field_name, number=number, label=label)
            if isinstance(kind, str):
                added.type, added.type_name = field.TYPE_MESSAGE, f".prometheus.{kind}"
            else:
                added.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName("prometheus.WriteRequest")
    return message_factory.MessageFactory(pool).GetPrototype(found)


WriteRequest = messages()
Sample = collections.namedtuple("Sample", "labels ms value")  # value None: the series ends


def read(body):
    """The samples of a request, in order."""
    request = WriteRequest.FromString(snappy.uncompress(body))
    samples = []
    for series in request.timeseries:
        labels = tuple((label.name, label.value) for label in series.labels)
        for sample in series.samples:
            stale = struct.unpack("<Q", struct.pack("<d", sample.value))[0] == STALE
            if not stale and math.isnan(sample.value):
                raise AssertionError(f"a NaN that is no staleness marker: {labels}")
            samples.append(Sample(labels, sample.timestamp, None if stale else sample.value))
    return samples


class Responder:
    """Answers with one (status, headers) after the other, then with 204 to all. Keeps what came:
    (time, headers, body)."""

    def __init__(self, answers=()):
        requests, left = [], list(answers)
        self.requests = requests

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                requests.append((time.monotonic(), dict(self.headers), body))
                status, headers = left.pop(0) if left else (204, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/api/v1/write"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def samples(self):
        return [sample for _, _, body in self.requests for sample in read(body)]


def prometheus(folder, port=None):
    """One that scrapes nothing and takes what is sent to it; its storage is in the folder."""
    server = prometheus_server.Prometheus(folder, {}, options=RECEIVES, port=port)
    server.wait_until_ready()
    return server


def url(port):
    return f"http://127.0.0.1:{port}/api/v1/write"


def counts(log):
    """[{word: number}] of each URL that the program says its last word of, which add up."""
    found = []
    for line in log.splitlines():
        if 'msg="remote write ended"' not in line:
            continue
        numbers = {name: int(value) for name, value in re.findall(r'(\w+)="(\d+)"', line)}
        if numbers["samples"] != sum(numbers[name] for name in COUNTS):
            raise AssertionError(f"samples do not add up: {line}")
        found.append(numbers)
    return found
