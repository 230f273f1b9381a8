"""Two network namespaces with a cable between them: a server's and a client's."""

import contextlib
import ctypes
import os
import shutil
import subprocess

SERVER_V4, CLIENT_V4 = "192.0.2.53", "192.0.2.7"
SERVER_V6, CLIENT_V6 = "2001:db8::53", "2001:db8::7"
INTERFACE = "eth53"  # the server's end
CLONE_NEWNET = 0x40000000  # setns(2)
TAP = "tap0"  # where a mirror's copies arrive


def hindrance():
    """Why there can be no such network here; empty where there can."""
    if os.geteuid() != 0:
        return "network namespaces take root"
    if shutil.which("ip") is None:
        return "ip(8) is not installed"
    name = f"rcodescope-try-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if made.returncode != 0:
        return made.stderr.decode().strip()
    subprocess.run(["ip", "netns", "delete", name], check=True)
    return ""


def ip(*words, namespace=None):
    inside = ["-n", namespace] if namespace else []
    subprocess.run(["ip", *inside, *words], check=True, capture_output=True)


def tc(*words, namespace):
    subprocess.run(["tc", "-n", namespace, *words], check=True, capture_output=True)


class Network:
    """Made by `with network.cable() as net`."""

    def __init__(self, server, client):
        self.server = server
        self.client = client

    def at_server(self, *command):
        return ["ip", "netns", "exec", self.server, *map(os.fspath, command)]

    def at_client(self, *command):
        return ["ip", "netns", "exec", self.client, *map(os.fspath, command)]


def plug(net):
    """The cable, with addresses at both ends."""
    ip("link", "add", INTERFACE, "netns", net.server, "type", "veth", "peer", "name", "eth0",
       "netns", net.client)
    for name, interface, addresses in (
        (net.server, INTERFACE, (f"{SERVER_V4}/24", f"{SERVER_V6}/64")),
        (net.client, "eth0", (f"{CLIENT_V4}/24", f"{CLIENT_V6}/64")),
    ):
        for address in addresses:
            # Without duplicate address detection, which would take its time.
            nodad = ("nodad",) if ":" in address else ()
            ip("address", "add", address, "dev", interface, *nodad, namespace=name)
        ip("link", "set", interface, "up", namespace=name)


def unplug(net):
    """Both ends are gone."""
    ip("link", "delete", INTERFACE, namespace=net.server)


@contextlib.contextmanager
def silent_cable():
    """Without addresses, so that no kernel says a word on it: all that passes is what a test sends."""
    with namespaces() as net:
        for side in (net.at_server, net.at_client):
            # Otherwise an interface asks for routers and neighbours as soon as it is up.
            subprocess.run(side("sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1"),
                           check=True)
        ip("link", "add", INTERFACE, "netns", net.server, "type", "veth", "peer", "name", "eth0",
           "netns", net.client)
        for name, interface in ((net.server, INTERFACE), (net.client, "eth0")):
            # With room for what a card's offload puts together.
            ip("link", "set", interface, "mtu", "65535", "up", namespace=name)
        yield net


@contextlib.contextmanager
def cable():
    with namespaces() as net:
        plug(net)
        yield net


@contextlib.contextmanager
def inside(namespace):
    """This thread, and all threads and processes that it starts meanwhile."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net", "rb") as home, open(f"/run/netns/{namespace}", "rb") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


@contextlib.contextmanager
def namespaces():
    server, client = (f"rcodescope-{side}-{os.getpid()}" for side in ("server", "client"))
    with contextlib.ExitStack() as stack:
        for name in (server, client):
            ip("netns", "add", name)
            stack.callback(ip, "netns", "delete", name)
            ip("link", "set", "lo", "up", namespace=name)
        yield Network(server, client)


@contextlib.contextmanager
def mirror(net, *directions):
    """As a switch does with a mirror port: copies of what passes the server's interface arrive at
    TAP. `directions`: "ingress", "egress" or both."""
    ip("link", "add", "span0", "type", "veth", "peer", "name", TAP, namespace=net.server)
    try:
        for end in ("span0", TAP):
            ip("link", "set", end, "up", namespace=net.server)
        tc("qdisc", "add", "dev", INTERFACE, "clsact", namespace=net.server)
        for direction in directions:  # u32 with nothing to match: every frame
            tc("filter", "add", "dev", INTERFACE, direction, "protocol", "all", "u32", "match", "u32",
               "0", "0", "action", "mirred", "egress", "mirror", "dev", "span0", namespace=net.server)
        yield
    finally:
        tc("qdisc", "delete", "dev", INTERFACE, "clsact", namespace=net.server)
        ip("link", "delete", "span0", namespace=net.server)
