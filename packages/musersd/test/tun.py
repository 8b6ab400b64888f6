# SPDX-License-Identifier: MIT
"""Receives packets, given in hex one a line on standard input, on a tun interface, which has no link header.

    python3 tun.py INTERFACE
"""
import fcntl
import os
import struct
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000  # linux/if_tun.h

tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", sys.argv[1].encode(), IFF_TUN | IFF_NO_PI))
for line in sys.stdin:
    os.write(tun, bytes.fromhex(line))
