# SPDX-License-Identifier: MIT
"""probe.py SECONDS: makes v1 calls until the time is over; prints calls, unanswered calls and the longest answer in ms."""
import random
import socket
import sys
import time

deadline = time.monotonic() + float(sys.argv[1])
calls = unanswered = 0
longest = 0.0
peer = None
while time.monotonic() < deadline:
    if calls % 100 == 0:
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        peer.connect(("127.0.0.1", 9874))
        sequence = random.randrange(256)
    sequence = (sequence + 1) % 256
    calls += 1
    begin = time.monotonic()
    for wait in (0.2, 0.4, 0.8, 1.6, 3.2):
        peer.send(bytes([sequence, 0, 192, 0, 2, 11, 233, 252, 0, 1, 1 + calls % 9]))
        peer.settimeout(wait)
        try:
            if peer.recv(16) == bytes([0, sequence]):
                break
        except TimeoutError:
            continue
    else:
        unanswered += 1
    longest = max(longest, time.monotonic() - begin)
    time.sleep(0.01)
print(calls, unanswered, round(longest * 1000))
