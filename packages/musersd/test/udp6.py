# SPDX-License-Identifier: MIT
"""Sends datagrams to IPv6 groups, or counts those to one.

    python3 udp6.py send INTERFACE SOURCE HOPS GROUP...     ten to each, in turn
    python3 udp6.py count INTERFACE GROUP                   prints "ready", and at each line on standard input the hop
                                                            limits of what came since the start, one a line of JSON
"""
import json
import socket
import struct
import sys

PORT = 5004
role, interface = sys.argv[1:3]
ifindex = socket.if_nametoindex(interface)
udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
if role == "send":
    source, hops = sys.argv[3:5]
    udp.bind((source, 0))
    udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, ifindex)
    udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, int(hops))
    for _ in range(10):
        for group in sys.argv[5:]:
            udp.sendto(b"data", (group, PORT))
else:
    udp.bind((sys.argv[3], PORT, 0, ifindex))
    udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    group = socket.inet_pton(socket.AF_INET6, sys.argv[3])
    udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group + struct.pack("I", ifindex))
    udp.setblocking(False)
    print("ready", flush=True)
    hops = []
    for _ in sys.stdin:
        try:
            while True:
                _, ancillary, _, _ = udp.recvmsg(64, 64)
                hops.append(struct.unpack("i", ancillary[0][2])[0])
        except BlockingIOError:
            print(json.dumps(hops), flush=True)
