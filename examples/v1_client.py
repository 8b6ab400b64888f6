#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Registers or removes a multicast sender with version 1 of the mauth protocol (docs/protocol.md).

    v1_client.py add    SOURCE GROUP TTL [--server HOST:PORT]
    v1_client.py remove SOURCE GROUP     [--server HOST:PORT]

Exit code: 0 ACK, 1 ERROR, 3 unknown (it may have been executed or not), 2 for a bad command line.
"""
import argparse
import random
import socket
import struct
import sys


def call(server, command, source, group, ttl):
    """Makes one call at most once; returns 0 for ACK, 1 for ERROR, None when the outcome is unknown."""
    sequence = random.randrange(256)
    request = struct.pack(">BB4s4sB", sequence, command, socket.inet_aton(source), socket.inet_aton(group), ttl)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(server)  # a new port for every process; only the server's responses are heard
        for wait in (0.2, 0.4, 0.8, 1.6, 3.2):
            try:
                sock.send(request)
                sock.settimeout(wait)
                while True:
                    response = sock.recv(64)
                    if len(response) == 2 and response[0] in (0, 1) and response[1] == sequence:
                        return response[0]
            except OSError:  # no response in time, or nobody listens: send again
                continue
    return None


parser = argparse.ArgumentParser()
parser.add_argument("command", choices=["add", "remove"])
parser.add_argument("source")
parser.add_argument("group")
parser.add_argument("ttl", type=int, nargs="?", default=0)
parser.add_argument("--server", default="127.0.0.1:9874")
args = parser.parse_args()
host, port = args.server.rsplit(":", 1)
outcome = call((host, int(port)), int(args.command == "remove"), args.source, args.group, args.ttl)
print({0: "ACK", 1: "ERROR", None: "unknown"}[outcome])
sys.exit(3 if outcome is None else outcome)
