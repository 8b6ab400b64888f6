#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes v2.json from SPEC.md, with nothing but Python's own HMAC: an oracle that shares no code with the package.

    python3 make_v2.py > v2.json
"""
import hashlib
import hmac
import json
import struct

from v2_digest import SEEDS, bucket_of, hash_words, words_of

PSK = bytes(range(32))
CLIENT_NONCE, SERVER_NONCE = b"\x11" * 16, b"\x22" * 16
KEY_ID, TERM, EPOCH = 7, 3, 1000


def hkdf(secret, salt, info, length):  # RFC 5869
    prk = hmac.new(salt or b"\0" * 32, secret, hashlib.sha256).digest()
    return hmac.new(prk, info.encode() + b"\1", hashlib.sha256).digest()[:length]


HELLO_KEY = hkdf(PSK, b"", "mauth2/hello", 32)
SALT = CLIENT_NONCE + SERVER_NONCE
C2S, S2C = hkdf(PSK, SALT, "mauth2/c2s", 32), hkdf(PSK, SALT, "mauth2/s2c", 32)
SESSION = hkdf(PSK, SALT, "mauth2/sid", 8)


def address(text):
    return bytes(int(octet) for octet in text.split("."))


def header(flags, op, session, term, sequence, epoch):
    return struct.pack(">2sBBI8sQQQ", b"M2", flags, op, KEY_ID, session, term, sequence, epoch)


def sealed(key, signed, before=b""):
    return signed + hmac.new(key, before + signed, hashlib.sha256).digest()[:16]


def pair(entry):
    return address(entry["source"]) + address(entry["group"])


def digest(entries):
    buckets = {}
    for entry in entries:
        words = words_of(entry, pair(entry), b"")
        bucket = bucket_of(pair(entry))
        high, low, count = buckets.get(bucket, (0, 0, 0))
        buckets[bucket] = (high ^ hash_words(SEEDS[0], words), low ^ hash_words(SEEDS[1], words), count + 1)
    root = [0, 0]
    for index, (high, low, count) in buckets.items():
        for lane in (0, 1):
            root[lane] ^= hash_words(SEEDS[lane], [index, count, high, low])
    rows = [{"bucket": i, "digest": "%08x%08x" % b[:2], "count": b[2]} for i, b in sorted(buckets.items())]
    return {"entryCount": len(entries), "rootDigest": "%08x%08x" % tuple(root), "buckets": rows}


def entry(source, group, ttl, command=0):
    return struct.pack(">BB4s4sB3s", command, 0, address(source), address(group), ttl, b"\0\0\0")


def sender(source, group, ttl):
    return {"source": source, "group": group, "maxTtl": ttl}


TWO = [sender("192.0.2.1", "233.252.0.1", 16), sender("198.51.100.7", "233.252.0.2", 255)]
SUMMARY = digest(TWO)
HEAD = b"\0" + struct.pack(">I", 2) + bytes.fromhex(SUMMARY["rootDigest"])
REASONS = [11, 12, 13, 14, 15, 16, 17]
SAP = b"\x20\x00\x12\x34\xc0\x00\x02\x01application/sdp\0v=0\r\n"


def denied_row():
    counts = struct.pack(">QQQQ", 5, 500, 1000, 2000)
    return address("192.0.2.66") + address("233.252.0.9") + b"\2\x20" + counts + b"\4lan0"


CALLS = [
    ("HELLO", 1, b"\1" + CLIENT_NONCE + b"\0" + b"\0" * 20, HEAD + b"\1" + SERVER_NONCE + struct.pack(">II", 0, 262144)),
    ("HELLO that replaces a session", 1, b"\1" + CLIENT_NONCE + b"\1" + b"\xab" * 8 + b"\0" * 12, None),
    ("APPLY of two adds and a remove", 2,
     entry("192.0.2.1", "233.252.0.1", 16) + entry("198.51.100.7", "233.252.0.2", 255)
     + entry("203.0.113.5", "233.252.0.3", 0, 1), HEAD + b"\0\5\0"),
    ("DIGEST from bucket 1022", 3, struct.pack(">H", 1022), HEAD + struct.pack(">H", 1022) + b"\xee" * 8
     + struct.pack(">I", 3) + b"\0" * 12),
    ("LIST of bucket 5", 4, struct.pack(">H", 5),
     HEAD + struct.pack(">HB", 5, 0) + entry("192.0.2.1", "233.252.0.1", 16)),
    ("LIST of bucket 5, next page", 4, struct.pack(">H", 5) + address("192.0.2.1") + address("233.252.0.1"),
     HEAD + struct.pack(">HB", 5, 1)),
    ("STATS of the status", 5, struct.pack(">BQ", 0, 0),
     HEAD + struct.pack(">BQQQ", 0, 2, 2, 123456) + struct.pack(">BBIQB", 0, 1, 262144, 99, 7)
     + b"".join(struct.pack(">Q", n) for n in REASONS) + b"\1\4lan0" + b"\0\5vlan9"),
    ("STATS of the senders since 41", 5, struct.pack(">BQ", 1, 41),
     HEAD + struct.pack(">BQQQ", 1, 42, 42, 123456) + address("192.0.2.1") + address("233.252.0.1") + b"\x10"
     + struct.pack(">QQQQ", 1000, 1328000, 2, 123000)),
    ("STATS of the denied", 5, struct.pack(">BQ", 2, 0), HEAD + struct.pack(">BQQQ", 2, 1, 1, 123456) + denied_row()),
    ("SUBSCRIBE to both classes", 6, struct.pack(">HHH", 3, 30, 100), HEAD + struct.pack(">H", 30)),
    ("PING", 8, b"", HEAD),
    ("PING under a stale term", 8, b"", b"\2" + HEAD[1:]),
]

EVENTS = [
    ("EVENT: denied for the first time", b"\0" + struct.pack(">Q", 123456) + denied_row()),
    ("EVENT: a SAP datagram", b"\1" + struct.pack(">Q", 123456) + address("192.0.2.1") + address("239.255.255.255")
     + b"\4lan0" + struct.pack(">IHH", 77, len(SAP), 0) + SAP),
]


def calls():
    for sequence, (name, op, body, answer) in enumerate(CALLS, 1):
        is_hello = op == 1
        request = sealed(HELLO_KEY if is_hello else C2S,
                         header(0, op, bytes(8) if is_hello else SESSION, TERM, sequence, 0 if is_hello else EPOCH) + body)
        row = {"name": name, "op": op, "sequence": sequence, "request": request.hex(), "requestBody": body.hex()}
        if answer is not None:
            signed = header(1, op, SESSION, TERM, sequence, EPOCH) + answer
            row["response"] = sealed(HELLO_KEY if is_hello else S2C, signed, request[-16:]).hex()
            row["responseBody"] = answer.hex()
        yield row


def events():
    for sequence, (name, body) in enumerate(EVENTS, 1):
        frame = sealed(S2C, header(2, 7, SESSION, TERM, sequence, EPOCH) + body)
        yield {"name": name, "sequence": sequence, "frame": frame.hex(), "body": body.hex()}


print(json.dumps({
    "protocol": "v2",
    "keys": {"keyId": KEY_ID, "psk": PSK.hex(), "clientNonce": CLIENT_NONCE.hex(), "serverNonce": SERVER_NONCE.hex(),
             "helloKey": HELLO_KEY.hex(), "clientToServer": C2S.hex(), "serverToClient": S2C.hex(),
             "sessionId": SESSION.hex()},
    "term": TERM,
    "bootEpoch": EPOCH,
    "calls": list(calls()),
    "events": list(events()),
    "noSession": header(1, 0, SESSION, 0, 9, EPOCH).hex(),
    "digests": [{"entries": entries, **digest(entries)} for entries in ([], TWO[:1], TWO, [
        sender("192.0.2.%d" % (i % 20 + 1), "233.252.0.%d" % (i // 20 + 1), 255 - i) for i in range(100)])],
}, indent=1))
