# SPDX-License-Identifier: MIT
"""Forwards a group from one interface to another without a routing daemon, for as long as it runs.

    python3 forward.py FROM TO GROUP SOURCE...

Prints a line when the kernel forwards.
"""
import signal
import socket
import struct
import sys

MRT_INIT, MRT_ADD_VIF, MRT_ADD_MFC = 200, 202, 204  # linux/mroute.h
VIFF_USE_IFINDEX = 8

router = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
router.setsockopt(socket.IPPROTO_IP, MRT_INIT, 1)
for vif, name in enumerate(sys.argv[1:3]):
    control = struct.pack("=HBBIi4s", vif, VIFF_USE_IFINDEX, 1, 0, socket.if_nametoindex(name), bytes(4))
    router.setsockopt(socket.IPPROTO_IP, MRT_ADD_VIF, control)
for source in sys.argv[4:]:
    thresholds = bytes([0, 1]) + bytes(30)
    entry = socket.inet_aton(source) + socket.inet_aton(sys.argv[3]) + struct.pack("=H", 0) + thresholds
    router.setsockopt(socket.IPPROTO_IP, MRT_ADD_MFC, entry.ljust(60, b"\0"))
print("forwarding", flush=True)
signal.pause()
