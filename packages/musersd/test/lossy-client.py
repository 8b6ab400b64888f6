# SPDX-License-Identifier: MIT
"""lossy-client.py PORT CALLS SEED: an independent v1 client: random adds and removes of eight senders, one at a time.

Prints JSON: the calls, how each ended, and the senders that must be (or may be) in the kernel after them.
"""
import json
import random
import socket
import sys

port, calls, seed = (int(argument) for argument in sys.argv[1:4])
draw = random.Random(seed)
outcomes = {"ack": 0, "error": 0, "unknown": 0}
state = {}
peer = None
for call in range(calls):
    if call % 100 == 0:
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        peer.connect(("127.0.0.1", port))
        sequence = draw.randrange(256)
    sequence = (sequence + 1) % 256
    group, ttl, remove = draw.randrange(8), draw.randrange(1, 256), draw.randrange(2)
    request = bytes([sequence, remove, 192, 0, 2, 11, 233, 252, 0, group, ttl])
    outcome = "unknown"
    for wait in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2):
        peer.send(request)
        peer.settimeout(wait)
        try:
            while outcome == "unknown":
                response = peer.recv(16)
                if len(response) == 2 and response[1] == sequence and response[0] in (0, 1):
                    outcome = "error" if response[0] else "ack"
            break
        except TimeoutError:
            continue
    outcomes[outcome] += 1
    state[f"233.252.0.{group}"] = None if outcome != "ack" else 0 if remove else ttl
print(json.dumps({"calls": calls, "outcomes": outcomes, "state": state}))
