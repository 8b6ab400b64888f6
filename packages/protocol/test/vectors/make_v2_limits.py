#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes v2-limits.json from SPEC.md (V2-11, V2-30 to V2-33): an oracle that shares no code with the package.

    python3 make_v2_limits.py > v2-limits.json
"""
import ipaddress
import json
import struct

from v2_digest import ADD, MAC, RATE, REMOVE, bucket_of, digest_of, extension, extensions, words_of

EXTENSIONS = 2
FAMILY = ("0.0.0.0", 32)


def number(text):
    return int(ipaddress.IPv4Address(text))


def pair(entry):
    return struct.pack(">II", number(entry["source"]), number(entry["group"]))


def raw(source, group, ttl, lease, extended, command=ADD):
    flags = 0 if extended is None else EXTENSIONS
    head = struct.pack(">BBIIB", command, flags, number(source), number(group), ttl) + lease.to_bytes(3, "big")
    return head if extended is None else head + bytes([len(extended)]) + extended


def encode(entry, command=ADD):
    extended = extensions(entry, *FAMILY) or None
    return raw(entry["source"], entry["group"], entry["maxTtl"], entry.get("leaseSeconds", 0), extended, command)


def bucket_digest(entry):
    return digest_of(words_of(entry, pair(entry), extensions(entry, *FAMILY)))


def sender(source="192.0.2.1", group="233.252.0.1", maxTtl=16, **limits):
    return {"source": source, "group": group, "maxTtl": maxTtl, **limits}


ENTRIES = {
    "no limits": sender(),
    "a lease of 90 s": sender(leaseSeconds=90),
    "the longest lease": sender(leaseSeconds=0xFFFFFF),
    "a rate": sender(**RATE),
    "an interface": sender(interface="lan0"),
    "an interface with the longest name": sender(interface="enp0s31f6.1234x"),
    "a link-layer address": sender(mac=MAC),
    "any source": sender(source="0.0.0.0"),
    "any group": sender(group="224.0.0.0", groupLength=4),
    "a prefix": sender(group="233.252.0.0", groupLength=24),
    "any source of a prefix": sender(source="0.0.0.0", group="233.252.0.0", groupLength=24),
    "everything": sender("0.0.0.0", "233.252.0.0", 255, leaseSeconds=3600, **RATE, interface="lan0", mac=MAC,
                         groupLength=31),
}
REFUSED = {
    "a rate of 0": (extension(1, bytes(4) + bytes([0, 0, 0, 1])), "bad-limit"),
    "a burst of 0": (extension(1, bytes([0, 0, 0, 1]) + bytes(4)), "bad-limit"),
    "a rate that is too short": (extension(1, bytes(7)), "bad-limit"),
    "a rate twice": (extension(1, b"\1" * 8) * 2, "bad-limit"),
    "an interface without name": (extension(2, b""), "bad-limit"),
    "a name of 16 bytes": (extension(2, b"x" * 16), "bad-limit"),
    "a name with a slash": (extension(2, b"a/b"), "bad-limit"),
    "a link-layer address of 5 bytes": (extension(3, bytes(5)), "bad-limit"),
    "a prefix of 3 bits": (extension(4, b"\3"), "bad-group"),
    "a prefix of 33 bits": (extension(4, b"\x21"), "bad-group"),
    "a prefix with other bits": (extension(4, b"\x18"), "bad-group"),
    "an extension that ends early": (b"\3\6\0", "bad-limit"),
    "an unknown extension": (extension(5, b""), "unsupported"),
}

print(json.dumps({
    "protocol": "v2 limits",
    "entries": [{"name": name, "entry": entry, "add": encode(entry).hex(), "remove": encode(entry, REMOVE).hex(),
                 "bucket": bucket_of(pair(entry)), "digest": bucket_digest(entry)} for name, entry in ENTRIES.items()],
    "refused": [{"name": name, "hex": raw("192.0.2.1", "233.252.0.1", 16, 0, extended).hex(), "code": code}
                for name, (extended, code) in REFUSED.items()] + [
        {"name": "any source without the extension", "hex": raw("0.0.0.0", "233.252.0.1", 16, 0, None).hex(), "code": "bad-source"},
        {"name": "any source with another extension", "hex": raw("0.0.0.0", "233.252.0.1", 16, 0, extension(2, b"lan0")).hex(), "code": "bad-source"},
        {"name": "a wildcard of link-local groups", "hex": raw("0.0.0.0", "224.0.0.0", 16, 0, extension(4, b"\x18")).hex(), "code": "bad-group"},
        {"name": "a wildcard from a multicast source", "hex": raw("224.0.0.9", "233.252.0.1", 16, 0, extension(4, b"\x20")).hex(), "code": "bad-source"},
        {"name": "a wildcard without TTL", "hex": raw("0.0.0.0", "233.252.0.1", 0, 0, extension(4, b"\x20")).hex(), "code": "bad-ttl"},
        {"name": "a wildcard with another command", "hex": raw("0.0.0.0", "233.252.0.1", 1, 0, extension(4, b"\x20"), 2).hex(), "code": "bad-command"},
    ],
}, indent=1))
