# SPDX-License-Identifier: MIT
"""Sends frames, given in hex one a line on standard input, from an interface; then a datagram to the mrouter, as the last.

    python3 frames.py INTERFACE

A line "gso GROUP", of IPv4 or IPv6, sends ten datagrams of 1000 bytes in one call instead (UDP_SEGMENT, RFC 768 on each).
"""
import socket
import sys

UDP_SEGMENT = 103

packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
packets.bind((sys.argv[1], 0))
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.11"))
datagrams.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
for line in sys.stdin.read().split("\n"):
    if line.startswith("gso ") and ":" in line:
        datagrams6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        datagrams6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex(sys.argv[1]))
        datagrams6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 8)
        datagrams6.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1000)
        datagrams6.sendto(bytes(10_000), (line[4:], 5004))
    elif line.startswith("gso "):
        datagrams.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1000)
        datagrams.sendto(bytes(10_000), (line[4:], 5004))
        datagrams.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
    elif line:
        packets.send(bytes.fromhex(line))
datagrams.sendto(b"last", ("192.0.2.1", 9))
