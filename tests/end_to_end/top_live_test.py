#!/usr/bin/python3
"""`rcodescope top` beside `rcodescope live`: what is counted, what was dropped, how far behind it is, and a link
that goes down."""

import json
import re
import subprocess
import time
import unittest

import network
import program
import terminal
from live import capturing, fetch, page_with, send_frames
from top_test import codes_shown

CAPTURE = program.CAPTURES / "g05-update.pcap"
HINDRANCE = network.hindrance()


@unittest.skipIf(HINDRANCE, HINDRANCE)
class TopLiveTest(unittest.TestCase):
    def test_beside_a_live_capture(self):
        expected = program.report(CAPTURE)
        frames, responses = expected["frames"]["seen"], expected["messages"]["responses"]
        with network.silent_cable() as net, capturing(net, "--text", "off", "--workers", "1") as (_, port):
            page = f"http://127.0.0.1:{port}"
            with terminal.running("top", page, rows=60, columns=120, around=net.at_server) as view:
                self.send(net, frames)
                page_with(net, port, responses)
                text = view.shows(f"responses {responses:,}", f"packets {frames:,}")
                self.assertEqual(codes_shown(text), program.responses(expected["rcodes"]))
                self.assertRegex(text, r"\ndropped .* ring 0 .* residual 0  lag \d+\.\d{3} s\n")
                self.assertIn("no rates: of less than a second", text)
                time.sleep(1)  # between the packets, for rates are of a second at least
                self.send(net, frames)
                page_with(net, port, 2 * responses)
                text = view.shows("rates are of the last ", f"({2 * responses:,})")
                report = json.loads(fetch(net, port, "/api/v1/report")[1])
                self.assertEqual(codes_shown(text), program.responses(report["rcodes"]))
                # The rate is of what came in between, over the time that the line names.
                rate = float(re.search(r"responses ([\d.,]+)/s", text)[1].replace(",", ""))
                seconds = float(re.search(r"last ([\d.]+) s", text)[1])
                self.assertAlmostEqual(rate * seconds, responses, delta=responses * 0.1)
                network.unplug(net)
                view.shows("the link of eth53 is down")
                view.press("q")
                self.assertEqual(view.end(), 0)

    def send(self, net, frames):
        subprocess.run(net.at_client(send_frames(), "eth0", CAPTURE, str(frames)), check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    program.main()
