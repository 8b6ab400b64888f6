# SPDX-License-Identifier: MIT
"""Sends a datagram to each group about once a millisecond until standard input ends; then one to the mrouter, as the last.

    python3 flood.py GROUP...

Prints a line for every 100 rounds, and at the end the number of rounds.
"""
import select
import socket
import sys

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.11"))
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
rounds = 0
while not select.select([sys.stdin], [], [], 0.001)[0]:
    for group in sys.argv[1:]:
        sender.sendto(b"mauth", (group, 5004))
    rounds += 1
    if rounds % 100 == 0:
        print("...", flush=True)
sender.sendto(b"last", ("192.0.2.1", 9))
print(rounds, flush=True)
