# SPDX-License-Identifier: MIT
"""What the makers of v2 vectors share of SPEC.md: the digest (V2-12, V2-36) and an entry's extensions (V2-30 to V2-33)."""
import struct

SEEDS = (0x6D617574, 0x68646967)
ADD, REMOVE = 0, 1
RATE = {"rateBytesPerSecond": 1250000, "burstBytes": 15000}
MAC = "00:00:5e:00:53:01"


def mix(word):
    word ^= word >> 16
    word = word * 0x85EBCA6B & 0xFFFFFFFF
    word ^= word >> 13
    word = word * 0xC2B2AE35 & 0xFFFFFFFF
    return word ^ word >> 16


def hash_words(seed, words):
    for word in words:
        seed = mix(seed ^ word) + 0x9E3779B9 & 0xFFFFFFFF
    return seed


def extension(kind, value):
    return bytes([kind, len(value)]) + value


def extensions(entry, any_source, group_bits):
    """The extensions of an entry; `any_source` and `group_bits` (length of an address) are those of its family."""
    out = b""
    if "rateBytesPerSecond" in entry:
        out += extension(1, struct.pack(">II", entry["rateBytesPerSecond"], entry["burstBytes"]))
    if "interface" in entry:
        out += extension(2, entry["interface"].encode())
    if "mac" in entry:
        out += extension(3, bytes.fromhex(entry["mac"].replace(":", "")))
    if entry["source"] == any_source or "groupLength" in entry:
        out += extension(4, bytes([entry.get("groupLength", group_bits)]))
    return out


def words_of(entry, pair, extended):
    """What an entry's digest hashes, as words; `pair` is its source and group, and `extended` its extensions, as bytes."""
    words = list(struct.unpack(">%dI" % (len(pair) // 4), pair)) + [entry["maxTtl"]]
    if not extended and "leaseSeconds" not in entry:
        return words
    extended += b"\0" * (-len(extended) % 4)
    return words + [int("leaseSeconds" in entry)] + list(struct.unpack(">%dI" % (len(extended) // 4), extended))


def digest_of(words):
    return "%08x%08x" % tuple(hash_words(seed, words) for seed in SEEDS)


def bucket_of(pair):
    """The bucket of a source and group, as bytes."""
    return hash_words(SEEDS[0], struct.unpack(">%dI" % (len(pair) // 4), pair)) >> 22
