"""A program in a pseudo-terminal, whose screen an emulator of a terminal (pyte) keeps."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pyte

import program

DEADLINE = 30  # seconds, for what is waited for


class Terminal:
    """Made by `with terminal.running(…) as terminal`."""

    def __init__(self, master, slave, process, rows, columns):
        self.master = master
        self.slave = slave
        self.process = process
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def settings(self):
        return termios.tcgetattr(self.slave)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        set_size(self.master, rows, columns)

    def take(self, seconds):
        """What the program writes within this time, or until it stops for a moment."""
        while select.select([self.master], [], [], seconds)[0]:
            data = os.read(self.master, 65536)
            self.raw += data
            self.stream.feed(data)
            seconds = 0.05

    def until(self, condition, what=""):
        """Waits until the screen's text fulfils it; answers with the text."""
        last = time.monotonic() + DEADLINE
        while not condition(self.text()):
            if time.monotonic() > last:
                raise AssertionError(f"{what} did not come to pass:\n{self.text()}")
            self.take(0.2)
        return self.text()

    def shows(self, *parts):
        return self.until(lambda text: all(part in text for part in parts), str(parts))

    def end(self):
        """The exit status, once all that was written is taken."""
        last = time.monotonic() + DEADLINE
        while self.process.poll() is None:
            if time.monotonic() > last:
                raise AssertionError(f"it does not end:\n{self.text()}")
            self.take(0.1)
        self.take(0)
        return self.process.returncode


def set_size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))


@contextlib.contextmanager
def running(*arguments, rows=24, columns=80, term="xterm-256color", language="C.UTF-8", around=lambda *command: command):
    """The program with these arguments in a terminal of that size; `around` may put its command into another."""
    master, slave = pty.openpty()
    set_size(slave, rows, columns)
    environment = {**os.environ, "TERM": term, "LC_ALL": language}
    process = subprocess.Popen(
        around(*program.command(*arguments)), stdin=slave, stdout=slave, stderr=slave, env=environment,
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    try:
        yield Terminal(master, slave, process, rows, columns)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(slave)
        os.close(master)
