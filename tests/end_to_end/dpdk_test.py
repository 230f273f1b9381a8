#!/usr/bin/python3
"""`rcodescope dpdk` on net_pcap, DPDK's driver that plays capture files or listens on an interface:
it counts what the replay of the same file counts, gives its rights up with all of DPDK's threads,
tells every frame that was lost, and says why it does not start.

RCODESCOPE_DPDK=no: the program was built without DPDK."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import network
import program
import same_report
from live import DEADLINE, ENVIRONMENT, check_at_once, end, send_frames, series, started, until
from same_report import CAPTURES, capture_file, frames_on

USAGE, NO_INPUT, UNAVAILABLE, OS_ERROR = 64, 66, 69, 71
BUILT_IN = os.environ.get("RCODESCOPE_DPDK", "yes") == "yes"
HUGEPAGES = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
HINDRANCE = network.hindrance()
RUNS = 20 if os.environ.get("RCODESCOPE_LONG_TESTS") else 3

# DPDK without card, hugepages and rights.
EAL = ("--no-huge", "-m", "256", "--no-pci", "--no-shconf", "--no-telemetry", "-l", "0")

def files_port(*names):
    """The argument for a port with a receive queue for each file."""
    return "--vdev=net_pcap0," + ",".join(f"rx_pcap={capture_file(name)}" for name in names)


def dpdk(*arguments, eal):
    return program.command("dpdk", *arguments, "--", *EAL, *eal)


def counting(*arguments, eal):
    return dpdk("--listen", "127.0.0.1:0", "--window", "100ms", "--epoch", "100ms", "--text", "off",
                *arguments, eal=eal)


def page_of(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=DEADLINE) as reply:
            return reply.read().decode()
    except urllib.error.HTTPError:  # not ready yet
        return ""


@unittest.skipIf(BUILT_IN, "it is built in")
class AbsentTest(unittest.TestCase):
    def test_it_says_that_it_is_not_built_in(self):
        done = program.run("dpdk", "--listen", "off", "--", *EAL)
        self.assertEqual(done.returncode, UNAVAILABLE)
        self.assertEqual(
            done.stderr.decode(),
            "rcodescope: this program was built without DPDK (install libdpdk-dev and build it "
            "again)\n",
        )


@unittest.skipUnless(BUILT_IN, "the program was built without DPDK")
class DpdkTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-dpdk-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.folder.chmod(0o777)  # reports are written by nobody
        self.report = self.folder / "report.json"

    def told(self):
        return json.loads(self.report.read_text(encoding="utf-8"))


class EqualTest(DpdkTest):
    def check(self, names, *options):
        """Returns the seconds until it had ended."""
        expected = program.report("--window", "100ms", *map(capture_file, names))
        with started(
            counting("--json", self.report, *options, eal=[files_port(*names)])
        ) as (process, port):
            until(lambda: frames_on(page_of(port)) >= expected["frames"]["seen"])
            status, took, log = end(process)
        self.assertEqual(status, 0, log)
        self.assertNotIn("level=error", log)
        told = self.told()
        self.assertEqual((told["frames"]["dropped"]["nic"], told["frames"]["dropped"]["ring"]), (0, 0))
        self.assertNotIn("interface", told["frames"]["dropped"])  # net_pcap cannot tell
        same_report.check(self, told, expected)
        return took

    def test_the_report_is_that_of_the_replay(self):
        took = []
        for name in CAPTURES:
            with self.subTest(name):
                took.append(self.check([name]))
        check_at_once(self, took)

    def test_two_queues_have_two_workers(self):
        self.check(["g01-badvers", "g21-rcode-sweep"], "--workers", "2")

    def test_one_queue_is_shared_out_to_several_workers(self):
        for name in CAPTURES:
            with self.subTest(name):
                self.check([name], "--workers", "3")
        self.assertEqual(self.told()["frames"]["dropped"]["worker"], 0)

    def test_a_port_may_be_chosen(self):
        with started(
            counting("--json", self.report, "--port-id", "1",
                     eal=["--vdev=net_null0", files_port("g01-badvers").replace("pcap0", "pcap1")])
        ) as (process, port):
            until(lambda: frames_on(page_of(port)) >= 122)  # capinfos -c
            self.assertEqual(end(process)[0], 0)
        self.assertEqual(self.told()["frames"]["seen"], 122)


class RightsTest(DpdkTest):
    @unittest.skipUnless(os.geteuid() == 0, "giving up root takes root")
    def test_all_threads_have_given_them_up(self):
        with started(counting(eal=[files_port("g01-badvers")])) as (process, port):
            until(lambda: page_of(port))
            sandbox = {labels["feature"]: on for labels, on in series(page_of(port), "sandbox")}
            threads = {}
            for task in Path(f"/proc/{process.pid}/task").iterdir():
                lines = (task / "status").read_text(encoding="ascii").splitlines()
                threads[task.name] = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
            self.assertEqual(end(process)[0], 0)
        for feature in ("user", "capabilities", "no_new_privs", "seccomp"):
            self.assertEqual(sandbox[feature], 1, feature)
        self.assertIn("eal-intr-thread", [status["Name"] for status in threads.values()])
        for status in threads.values():
            with self.subTest(status["Name"]):
                self.assertNotIn("0", status["Uid"].split())
                self.assertEqual(int(status["CapEff"], 16), 0)
                self.assertEqual(int(status["CapPrm"], 16), 0)
                self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))

    def test_a_driver_that_cannot_tell_of_losses_is_named(self):
        command = counting(eal=["--vdev=net_ring0"])
        command[command.index("256")] = "512"  # it has 16 queues
        process = subprocess.Popen(command, stderr=subprocess.PIPE, env=ENVIRONMENT)
        with contextlib.closing(process.stderr):
            log = [process.stderr.readline().decode() for _ in range(2)]
            _, _, rest = end(process)
        self.assertIn('msg="this port\'s driver cannot tell how many frames were lost" '
                      'port="net_ring0 (net_ring)"', log[0])
        self.assertNotIn("level=error", rest)


@unittest.skipIf(HINDRANCE, HINDRANCE)
class LossTest(DpdkTest):
    def test_under_flood_every_frame_sent_is_counted_or_told_as_lost(self):
        """The sender's figure is compared, not one of DPDK's."""
        self.flood()

    def test_under_flood_every_frame_that_was_shared_out_is_counted_or_told_as_lost(self):
        self.flood("--workers", "3")

    def flood(self, *options):
        took = []
        for run in range(RUNS):
            with self.subTest(run), network.cable() as net:
                silence(net)
                took.append(self.flood_once(net, options))
        check_at_once(self, took)

    def flood_once(self, net, options):
        """Returns the seconds until it had ended."""
        command = counting("--json", self.report, "--log-level", "warning", *options,
                           eal=[f"--vdev=net_pcap0,rx_iface={network.INTERFACE}"])
        command[command.index("127.0.0.1:0")] = "off"
        process = subprocess.Popen(net.at_server(*command), stderr=subprocess.PIPE, env=ENVIRONMENT)
        with contextlib.closing(process.stderr):
            try:
                until(lambda: process.poll() is not None or sandboxed(process.pid))
                program.stand_still(process)  # so that most of the first ones are lost
                sent = send(net, 200_000)
                process.send_signal(signal.SIGCONT)
                sent += send(net, 100_000)
                status, took, log = end(process)
            finally:
                process.kill()
                process.wait()
        self.assertEqual(status, 0, log)
        self.assertEqual(log, "")
        frames = self.told()["frames"]
        self.assertGreater(frames["seen"], 0)
        self.assertGreater(frames["dropped"]["nic"], 0)
        self.assertEqual(frames["residual"], 0)
        lost = frames["dropped"]
        self.assertEqual("worker" in lost, bool(options))
        self.assertEqual(frames["seen"] + lost["nic"] + lost["ring"] + lost.get("worker", 0), sent)
        return took


def send(net, count):
    """How many frames the sender at the client's end says went out."""
    done = subprocess.run(
        net.at_client(send_frames(), "eth0", capture_file("g01-badvers"), str(count)),
        capture_output=True, check=True, timeout=program.LONGEST_RUN,
    )
    return json.loads(done.stdout)["sent"]


def silence(net):
    """Neither end says anything of its own: no addresses to answer for, no IPv6."""
    off = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"
    for at_end, interface in ((net.at_server, network.INTERFACE), (net.at_client, "eth0")):
        subprocess.run(at_end("sh", "-c", off), check=True)
        subprocess.run(at_end("ip", "address", "flush", "dev", interface), check=True)


def sandboxed(pid):
    """Its rights go once the ports are open; `ip netns exec` becomes the program, by the same id."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return "Name:\trcodescope" in status and "Seccomp:\t2" in status


class RefusalTest(DpdkTest):
    """One message, the right status, nothing half-started."""

    def refused(self, *command):
        done = subprocess.run(
            command, capture_output=True, timeout=program.LONGEST_RUN, check=False, env=ENVIRONMENT
        )
        self.assertEqual(done.stdout, b"")
        self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
        return done.returncode, done.stderr.decode()

    def test_what_dpdk_refuses(self):
        for eal, status, words in (
            (["--frobnicate"], USAGE, "unrecognized option '--frobnicate'"),
            (["--help"], USAGE, "dpdk-testpmd --help"),
            (["eth0"], USAGE, "no word that is not an option: eth0"),
            (["--vdev=net_pcap0,colour=blue"], USAGE, "net_pcap0"),
            (["--vdev=net_pcap0,rx_pcap=/no/such.pcap"], USAGE, "/no/such.pcap"),
            (["--vdev=net_pcap0,rx_iface=eth99"], USAGE, "eth99"),
            ([], NO_INPUT, "DPDK has no ports"),
        ):
            with self.subTest(eal):
                told = self.refused(*dpdk("--listen", "off", eal=eal))
                self.assertEqual(told[0], status, told)
                self.assertIn(words, told[1])

    def test_a_port_that_is_not_there(self):
        told = self.refused(*dpdk("--listen", "off", "--port-id", "7", eal=["--vdev=net_null0"]))
        self.assertEqual(told, (NO_INPUT, "rcodescope: DPDK has no port 7\n"))

    @unittest.skipIf(HUGEPAGES.exists() and HUGEPAGES.read_text(encoding="ascii") != "0\n",
                     "this machine has hugepages")
    def test_without_hugepages_the_way_out_is_told(self):
        status, message = self.refused(*program.command(
            "dpdk", "--listen", "off", "--", "--no-pci", "--no-shconf", "--no-telemetry", "-l", "0",
            "--vdev=net_null0"))
        self.assertEqual(status, OS_ERROR, message)
        self.assertIn("--no-huge -m 512", message)


if __name__ == "__main__":
    program.main()
