#!/usr/bin/env python3
"""A network switch in user space, for machines that scripts/hosts makes: it delays, drops and limits what goes through it.

    switch.py --delay MS --loss SHARE --rate MBIT NAME[@NAMESPACE] ...

Makes a tap device for each NAME, moves it to its network namespace, says "ready", and forwards frames until it is ended. MS is
one way; SHARE (0 to 1) of the frames is dropped, by a generator with a fixed seed; MBIT a second leave each port, and what would
wait for more than 0.2 s is dropped too. Needs root; the kernel's own means for this (netem) are not everywhere.
"""
import argparse
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
LONGEST_WAIT = 0.2


def tap(name):
    """The descriptor of a new tap device."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return descriptor


class Switch:
    def __init__(self, ports, delay, loss, rate):
        self.ports, self.delay, self.loss = ports, delay, loss
        self.bytes_a_second = rate * 1e6 / 8
        self.random = random.Random(7)
        self.known = {}  # the port behind which an address is
        self.free = dict.fromkeys(ports, 0.0)  # when a port has sent what it was given
        self.flying = []  # (when it arrives, a number, port, frame)
        self.count = 0

    def take(self, port, frame, now):
        target, source = frame[:6], frame[6:12]
        self.known[source] = port
        found = self.known.get(target)
        for other in [found] if found is not None and not target[0] & 1 else self.ports:
            if other == port or self.random.random() < self.loss:
                continue
            start = max(now, self.free[other])
            if start - now > LONGEST_WAIT:
                continue
            self.free[other] = start + len(frame) / self.bytes_a_second
            self.count += 1
            heapq.heappush(self.flying, (self.free[other] + self.delay, self.count, other, frame))

    def deliver(self, now):
        """Writes what has arrived; how long until the next does."""
        while self.flying and self.flying[0][0] <= now:
            _, _, port, frame = heapq.heappop(self.flying)
            try:
                os.write(port, frame)
            except OSError:
                pass  # the other side is down
        return self.flying[0][0] - now if self.flying else 1.0

    def serve(self):
        poll = select.epoll()
        for port in self.ports:
            poll.register(port, select.EPOLLIN)
        wait = 1.0
        while True:
            for port, _ in poll.poll(max(0.0, wait)):
                try:
                    for _ in range(64):
                        self.take(port, os.read(port, 65536), time.monotonic())
                except OSError:
                    pass  # nothing more, or the device is down
            wait = self.deliver(time.monotonic())


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--delay", type=float, required=True)
    parser.add_argument("--loss", type=float, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("ports", nargs="+")
    options = parser.parse_args()
    ports = []
    for port in options.ports:
        name, _, namespace = port.partition("@")
        ports.append(tap(name))
        if namespace:
            subprocess.run(["ip", "link", "set", name, "netns", namespace], check=True)
    print("ready", flush=True)
    Switch(ports, options.delay / 1000, options.loss, options.rate).serve()


if __name__ == "__main__":
    sys.exit(main())
