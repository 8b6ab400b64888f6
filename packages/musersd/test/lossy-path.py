# SPDX-License-Identifier: MIT
"""lossy-path.py PORT TARGET SEED: a UDP path that duplicates a fifth of the datagrams and delays each by up to 30 ms."""
import heapq
import random
import select
import socket
import sys
import time

port, target, seed = (int(argument) for argument in sys.argv[1:4])
draw = random.Random(seed)
near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
near.bind(("127.0.0.1", port))
paths, clients, waiting = {}, {}, []
print("ready", flush=True)
while True:
    timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
    for ready in select.select([near, *clients], [], [], timeout)[0]:
        bytes_, address = ready.recvfrom(2048)
        if ready is near:
            if address not in paths:
                far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                far.connect(("127.0.0.1", target))
                paths[address], clients[far] = far, address
            hop = (paths[address], None)
        else:
            hop = (near, clients[ready])
        for _ in range(2 if draw.random() < 0.2 else 1):
            heapq.heappush(waiting, (time.monotonic() + draw.random() * 0.03, draw.random(), bytes_, hop))
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, bytes_, (out, client) = heapq.heappop(waiting)
        out.send(bytes_) if client is None else out.sendto(bytes_, client)
