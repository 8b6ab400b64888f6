#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Breaks the filter in one place after the other and checks that its own tests notice; prints TAP."""
import concurrent.futures
import os
import pathlib
import queue
import shutil
import subprocess
import sys

PACKAGE = pathlib.Path(__file__).parent.parent
WORK = PACKAGE / "build/mutant"
VERDICT, PROGRAM, DENIED = "include/verdict.h", "bpf/msender.bpf.c", "bpf/denied.bpf.h"

MUTANTS = [
    (VERDICT, "ttl > ctl->max_ttl", "ttl >= ctl->max_ttl"),
    (VERDICT, "ttl > ctl->max_ttl", "ttl > ctl->max_ttl + 1"),
    (VERDICT, "0xf0000000)) == ", "0xe0000000)) == "),
    (VERDICT, "MSENDER_BE32(0xffffff00)", "MSENDER_BE32(0xffff0000)"),
    (VERDICT, "MSENDER_BE32(0xffffff00)", "MSENDER_BE32(0xffffff80)"),
    (VERDICT, "ip->version != 4 || ", ""),
    (VERDICT, "ip->ihl < 5", "ip->ihl < 4"),
    (VERDICT, "&& !msender_is_pim_neighbour(packet, ip->saddr)", ""),
    (VERDICT, "#define MSENDER_PROTOCOL_PIM 103", "#define MSENDER_PROTOCOL_PIM 102"),
    (VERDICT, "msender_tick_ns() >= ctl->expires_ns", "msender_tick_ns() > ctl->expires_ns"),
    (VERDICT, "ctl->expires_ns && ", ""),
    (VERDICT, "	if (!interface)\n		return 1;", "	if (!interface)\n		return 0;"),
    (VERDICT, "ctl->binding != interface->binding", "ctl->binding == interface->binding"),
    (VERDICT, "!ctl->binding && !(ctl->flags", "!(ctl->flags"),
    (VERDICT, "!(interface->flags & MSENDER_ETHERNET) || ", ""),
    (VERDICT, "|| !msender_has_mac(packet, ctl->mac)", ""),
    (VERDICT, "* ctl->rate > ctl->burst", "* ctl->rate >= ctl->burst"),
    (VERDICT, "	if (due < now) {", "	if (due > now) {"),
    (VERDICT, "	__sync_fetch_and_add(&ctl->due_ns, cost);", ""),
    (VERDICT, "due - now + cost", "due - now"),
    (VERDICT, "ctl->rate && !msender_conforms(ctl, packet->length)", "0"),
    (VERDICT, "	if (!ctl)\n		ctl = msender_find_wildcard(packet, &key);", ""),
    (VERDICT, "	if (msender_is_observed(packet, key.group))", "	if (0)"),
    (VERDICT, "MSENDER_OBSERVED, 0);\n	return msender_decide(MSENDER_DROP, MSENDER_UNKNOWN, 0);\n}\n\nstatic __always_inline struct msender_verdict msender_enforce(",
     "MSENDER_OBSERVED, 0);\n	return msender_decide(MSENDER_PASS, MSENDER_UNKNOWN, 0);\n}\n\nstatic __always_inline struct msender_verdict msender_enforce("),
    (VERDICT, "MSENDER_PROTOCOL_IGMP && ip->ttl == 1", "MSENDER_PROTOCOL_IGMP"),
    (VERDICT, "ip->protocol == MSENDER_PROTOCOL_IGMP && ", ""),
    (VERDICT, "msender_is_membership(packet->ip) && !msender_is_observed(packet, key.group)", "msender_is_membership(packet->ip)"),
    (VERDICT, "!interface || !(interface->flags & MSENDER_MONITOR)", "!interface"),
    (VERDICT, "	verdict.monitored = 1;", ""),
    (PROGRAM, "	wildcard.source = 0;\n	return bpf_map_lookup_elem(&wildcards, &wildcard);", "	return NULL;"),
    (PROGRAM, "	if (!read_control(MSENDER_CONTROL_WILDCARDS))\n		return NULL;", ""),
    (PROGRAM, "	if (!read_control(MSENDER_CONTROL_WILDCARDS))", "	if (1)"),
    (DENIED, "return new->rows++ < MSENDER_NEW_DENIED_PER_TICK", "return 1"),
    (PROGRAM, "return read_control(MSENDER_CONTROL_MONITORING) != 0", "return 1"),
    (PROGRAM, "bpf_ntohl(last_word) % 64", "bpf_ntohl(last_word) % 32"),
    (PROGRAM, "{ 64, key->source, key->group }", "{ 64, 0, key->group }"),
    (PROGRAM, "h_source", "h_dest"),
    (PROGRAM, "	if (is_hidden(skb))", "	if (0)"),
    (PROGRAM, "return !(tag & bpf_htons(VLAN_ID_MASK))", "return !tag"),
    (PROGRAM, "return !(tag & bpf_htons(VLAN_ID_MASK))", "return 1"),
    (PROGRAM, "reason != MSENDER_PERMITTED", "reason == MSENDER_TTL"),
    (PROGRAM, "verdict.reason >= MSENDER_UNKNOWN && ip)", "verdict.action == MSENDER_DROP && ip)"),
    (PROGRAM, "	if (verdict->monitored)\n", "	if (0)\n"),
    (PROGRAM, "		skb->mark = MSENDER_MARK;", "		;"),
    (DENIED, "	row->reason = verdict->reason;\n", ""),
    (DENIED, "	if (slot->packets)\n		settle(map, slot);", ""),
    (DENIED, "		__sync_fetch_and_add(&row->packets, slot->packets);\n", ""),
    (DENIED, "	slot->packets = 0;\n	slot->bytes = 0;\n", ""),
    (DENIED, "slot->tick_ns == now && slot->reason == verdict->reason && ", "slot->tick_ns == now && "),
    (DENIED, "slot->ttl == ttl &&\n	    slot", "slot"),
    (DENIED, "	    slot->monitored == verdict->monitored && ", "	    "),
    (DENIED, " && is_equal_key(slot->key, key, words)", ""),
    (DENIED, "difference |= a[i] ^ b[i];", "difference = a[i] ^ b[i];"),
    (DENIED, "		slot->packets++;\n		slot->bytes += packet->length;\n", ""),
    (DENIED, "words == 3 ? 0 : MSENDER_PENDING_SLOTS", "0"),
    (PROGRAM, "	if (tick->jiffies != jiffies) {", "	if (!tick->jiffies) {"),
    (PROGRAM, "(void *)(from + words) > ", "(void *)from > "),
    (PROGRAM, "const __be32 *from = (void *)(link + 1);", "const __be32 *from = (void *)link + 10;"),
    # IPv6.
    (VERDICT, "	if (packet->ipv6->version != 6)", "	if (0)"),
    (VERDICT, "0xff000000)) == ", "0xfe000000)) == "),
    (VERDICT, "0xff000000)) == MSENDER_BE32(0xff000000)", "0xfe000000)) == MSENDER_BE32(0xfe000000)"),
    (VERDICT, "MSENDER_BE32(0x000f0000)", "MSENDER_BE32(0x00070000)"),
    (VERDICT, "MSENDER_BE32(0x000f0000)", "MSENDER_BE32(0x00ff0000)"),
    (VERDICT, "scope == MSENDER_BE32(0x00000000) || ", ""),
    (VERDICT, " || scope == MSENDER_BE32(0x00020000)", ""),
    (VERDICT, " || scope == MSENDER_BE32(0x00020000)", " || scope == MSENDER_BE32(0x00020000) || scope == MSENDER_BE32(0x00030000)"),
    (VERDICT, "packet->ipv6->hop_limit != 1 || ", ""),
    (VERDICT, " || packet->ipv6->nexthdr != MSENDER_PROTOCOL_HOP_BY_HOP", ""),
    (VERDICT, "bytes[0] != MSENDER_PROTOCOL_ICMPV6 || ", ""),
    (VERDICT, " || bytes[1] != 0", ""),
    (VERDICT, "option[0] <= 1 && option[1] == 0", "option[0] <= 1"),
    (VERDICT, "option[0] <= 1 && option[1] == 0", "0"),
    (VERDICT, " || option[3] != 0", ""),
    (VERDICT, "bytes[8] >= 130", "bytes[8] >= 129"),
    (VERDICT, "bytes[8] <= 132", "bytes[8] <= 131"),
    (VERDICT, " || bytes[8] == 143", ""),
    (VERDICT, "	case MSENDER_PROTOCOL_SHIM6:\n", ""),
    (VERDICT, "	case MSENDER_PROTOCOL_FRAGMENT:\n", ""),
    (VERDICT, "#define MSENDER_EXTENSIONS_MAX 8", "#define MSENDER_EXTENSIONS_MAX 7"),
    (VERDICT, "#define MSENDER_EXTENSIONS_MAX 8", "#define MSENDER_EXTENSIONS_MAX 9"),
    (VERDICT, "header[2] || header[3] & 0xf8", "header[2]"),
    (VERDICT, "header[2] || header[3] & 0xf8", "header[3] & 0xf8"),
    (VERDICT, "header[3] & 0xf8", "header[3]"),
    (VERDICT, "			offset += 8;", "			offset += (header[1] + 1) * 8;"),
    (VERDICT, "(header[1] + 2) * 4", "(header[1] + 1) * 8"),
    (VERDICT, "(header[1] + 1) * 8", "8"),
    (VERDICT, "	if (protocol < 0)\n", "	if (0)\n"),
    (VERDICT, " && !msender_is_pim_neighbour6(packet, msender_key6_of(packet)->source)", ""),
    (VERDICT, "	if (!ctl)\n		ctl = msender_find_wildcard6(packet, key);", ""),
    (VERDICT, "	if (msender_is_observed6(packet, key->group))", "	if (0)"),
    (VERDICT, "	if (msender_is_membership6(packet))", "	if (0)"),
    (VERDICT, "packet, packet->ipv6->hop_limit)", "packet, 0)"),
    (PROGRAM, "	__builtin_memset(wildcard.source, 0, sizeof(wildcard.source));\n	return bpf_map_lookup_elem(&wildcards6, &wildcard);", "	return NULL;"),
    (PROGRAM, "	if (!read_control(MSENDER_CONTROL_WILDCARDS6))", "	if (!read_control(MSENDER_CONTROL_WILDCARDS))"),
    (PROGRAM, "may_be_observed(MSENDER_CONTROL_OBSERVED6, group[3])", "may_be_observed(MSENDER_CONTROL_OBSERVED6, group[0])"),
    (PROGRAM, "&verdict, ipv6.hop_limit", "&verdict, 0"),
    (PROGRAM, "		struct msender_denied_key6 key = { .ifindex = skb->ifindex };", "		struct msender_denied_key6 key = { .ifindex = 1 };"),
]


# A mutant may leave something unused, and its tests need not be fast.
FLAGS = ("WARNINGS=-w", "CFLAGS=-std=gnu17")
USER_SPACE = ("build/verdict_test", "build/verdict6_test")
OBJECTS = ("build/test_clock.bpf.o", "build/msender.bpf.o")


class Copy:
    """A copy of the package in which one mutant after the other is tried."""

    def __init__(self, number):
        self.folder = WORK / str(number)
        for folder in ("bpf", "include", "test"):
            shutil.copytree(PACKAGE / folder, self.folder / folder)
        shutil.copy(PACKAGE / "Makefile", self.folder)

    def run(self, *command):
        environment = {**os.environ, "MSENDER_PACKETS": "20000"}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)

    def fails(self, target, test):
        built = self.run("make", "-s", *FLAGS, *target)
        if built.returncode != 0:
            raise RuntimeError(f"a mutant does not compile: {built.stderr}")
        return self.run(*test).returncode != 0

    def catches(self):
        if any(self.fails([test], [test]) for test in USER_SPACE):
            return True
        return any(self.fails(["build/bpf_test", one], ["build/bpf_test", one]) for one in OBJECTS)

    def catches_mutant(self, name, before, after):
        source = (PACKAGE / name).read_text()
        if source.count(before) != 1:
            raise RuntimeError(f"{name} has {source.count(before)} times {before!r}")
        (self.folder / name).write_text(source.replace(before, after))
        try:
            return self.catches()
        finally:
            (self.folder / name).write_text(source)


def attempt(mutant):
    copy = copies.get()
    try:
        return copy.catches_mutant(*mutant)
    finally:
        copies.put(copy)


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP loading a BPF program needs root")
        return 0
    shutil.rmtree(WORK, ignore_errors=True)
    workers = os.cpu_count() or 1
    for number in range(workers):
        copies.put(Copy(number))
    failures = int(attempt((VERDICT, "#ifndef MSENDER_VERDICT_H", "#ifndef MSENDER_VERDICT_H")))
    print(f"{'not ok' if failures else 'ok'} 1 - the filter as it is passes")
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for number, (mutant, caught) in enumerate(zip(MUTANTS, pool.map(attempt, MUTANTS)), 2):
            _, before, after = mutant
            failures += not caught
            change = f"{' '.join(before.split())} -> {' '.join(after.split())}"
            print(f"{'ok' if caught else 'not ok'} {number} - caught: {change}", flush=True)
    print(f"1..{len(MUTANTS) + 1}")
    return failures > 0


copies = queue.Queue()
try:
    sys.exit(main())
except RuntimeError as error:
    sys.exit(f"Bail out! {error}")
