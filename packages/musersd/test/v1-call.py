# SPDX-License-Identifier: MIT
"""Sends each argument (hex) as a v1 datagram from one port and prints the answer (hex), or "-" when there is none."""
import socket
import sys

peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.settimeout(0.5)
peer.connect(("127.0.0.1", 9874))
for datagram in sys.argv[1:]:
    peer.send(bytes.fromhex(datagram))
    try:
        print(peer.recv(64).hex())
    except TimeoutError:
        print("-")
