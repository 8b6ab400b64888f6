#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes v2-ipv6.json from SPEC.md (V2-35 to V2-39): an oracle that shares no code with the package.

    python3 make_v2_ipv6.py > v2-ipv6.json
"""
import ipaddress
import json
import struct

from v2_digest import ADD, MAC, RATE, REMOVE, bucket_of, digest_of, extension, extensions, words_of

IPV6, EXTENSIONS = 1, 2
FAMILY = ("::", 128)
HEAD = b"\0" + struct.pack(">IQ", 1, 0)
SAP = b"\x30\x00\x12\x34" + ipaddress.IPv6Address("2001:db8::1").packed + b"application/sdp\0v=0\r\n"


def address(text):
    return ipaddress.IPv6Address(text).packed


def pair(entry):
    return address(entry["source"]) + address(entry["group"])


def raw(source, group, ttl, lease, extended, command=ADD):
    flags = IPV6 | (EXTENSIONS if extended else 0)
    head = bytes([command, flags]) + address(source) + address(group) + bytes([ttl]) + lease.to_bytes(3, "big")
    return head + bytes([len(extended)]) + extended if extended else head


def encode(entry, command=ADD):
    return raw(entry["source"], entry["group"], entry["maxTtl"], entry.get("leaseSeconds", 0),
               extensions(entry, *FAMILY), command)


def bucket_digest(entry):
    return digest_of(words_of(entry, pair(entry), extensions(entry, *FAMILY)))


def sender(source="2001:db8::1", group="ff3e::8000:1", maxTtl=16, **limits):
    return {"source": source, "group": group, "maxTtl": maxTtl, **limits}


ENTRIES = {
    "no limits": sender(),
    "the last source and a site-local group": sender("dfff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "ff05::2:7ffe", 255),
    "a lease of 90 s": sender(leaseSeconds=90),
    "a rate": sender(**RATE),
    "an interface": sender(interface="lan0"),
    "a link-layer address": sender(mac=MAC),
    "any source": sender(source="::"),
    "any group": sender(group="ff00::", groupLength=8),
    "a prefix": sender(group="ff3e::8000:0", groupLength=112),
    "any source of a prefix": sender(source="::", group="ff05::", groupLength=16),
    "everything": sender("::", "ff3e::8000:0", 255, leaseSeconds=3600, **RATE, interface="enp0s31f6.1234x", mac=MAC,
                         groupLength=127),
}
REFUSED = {
    "any source without the extension": (("::", "ff3e::8000:1", 16, b""), "bad-source"),
    "the loopback address": (("::1", "ff3e::8000:1", 16, b""), "bad-source"),
    "an IPv4-mapped source": (("::ffff:192.0.2.1", "ff3e::8000:1", 16, b""), "bad-source"),
    "a link-local source": (("fe80::1", "ff3e::8000:1", 16, b""), "bad-source"),
    "a multicast source": (("ff3e::1", "ff3e::8000:1", 16, b""), "bad-source"),
    "a unicast group": (("2001:db8::1", "2001:db8::2", 16, b""), "bad-group"),
    "a link-local group": (("2001:db8::1", "ff02::1", 16, b""), "bad-group"),
    "an interface-local group with flags": (("2001:db8::1", "ff31::1", 16, b""), "bad-group"),
    "no hop limit": (("2001:db8::1", "ff3e::8000:1", 0, b""), "bad-ttl"),
    "a prefix of 7 bits": (("2001:db8::1", "ff00::", 16, extension(4, b"\7")), "bad-group"),
    "a prefix of 129 bits": (("2001:db8::1", "ff00::", 16, extension(4, b"\x81")), "bad-group"),
    "a prefix with other bits": (("2001:db8::1", "ff3e::8000:1", 16, extension(4, b"\x70")), "bad-group"),
    "a prefix of link-local groups": (("2001:db8::1", "ff02::", 16, extension(4, b"\x10")), "bad-group"),
    "a prefix of scopes 0 and 1": (("2001:db8::1", "ff00::", 16, extension(4, b"\x0f")), "bad-group"),
    "a rate of 0": (("2001:db8::1", "ff3e::8000:1", 16, extension(1, bytes(8))), "bad-limit"),
}


def page(table):
    return HEAD + struct.pack(">BQQQ", table, 42, 42, 123456)


def denied_row():
    counts = struct.pack(">QQQQ", 5, 500, 1000, 2000)
    return address("2001:db8::66") + address("ff3e::9") + b"\2\x20" + counts + b"\4lan0"


S, G = address("2001:db8::1"), address("ff3e::8000:1")
print(json.dumps({
    "protocol": "v2 IPv6 and MODE",
    "entries": [{"name": name, "entry": entry, "add": encode(entry).hex(), "remove": encode(entry, REMOVE).hex(),
                 "bucket": bucket_of(pair(entry)), "digest": bucket_digest(entry)} for name, entry in ENTRIES.items()],
    "refused": [{"name": name, "hex": raw(*fields, 0, extended).hex(), "code": code}
                for name, ((*fields, extended), code) in REFUSED.items()],
    "bodies": {
        "LIST behind an (S,G)": (struct.pack(">H", 5) + S + G).hex(),
        "LIST behind a prefix": (struct.pack(">H", 5) + bytes(16) + address("ff3e::8000:0") + b"\x70").hex(),
        "STATS of the senders": struct.pack(">BQ", 5, 41).hex(),
        "STATS of the senders, response": (page(5) + S + G + b"\x10" + struct.pack(">QQQQ", 1000, 1328000, 2, 123000)).hex(),
        "STATS of the denied": struct.pack(">BQ", 6, 41).hex(),
        "STATS of the denied, response": (page(6) + denied_row()).hex(),
        "EVENT: denied": (b"\2" + struct.pack(">Q", 123456) + denied_row()).hex(),
        "EVENT: SAP": (b"\3" + struct.pack(">Q", 123456) + S + address("ff05::2:7ffe") + b"\4lan0"
                       + struct.pack(">IHH", 77, len(SAP), 0) + SAP).hex(),
        "MODE": b"\1\4lan0".hex(),
        "MODE, done": (HEAD + b"\0").hex(),
        "MODE, no such interface": (HEAD + b"\x0a").hex(),
    },
}, indent=1))
