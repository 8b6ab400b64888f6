#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Breaks the filter in one place after the other and checks that its own tests notice; prints TAP."""
import os
import pathlib
import shutil
import subprocess
import sys

PACKAGE = pathlib.Path(__file__).parent.parent
WORK = PACKAGE / "build/mutant"
VERDICT, PROGRAM = "include/verdict.h", "bpf/msender.bpf.c"

MUTANTS = [
    (VERDICT, "packet->ip->ttl > ctl->max_ttl", "packet->ip->ttl >= ctl->max_ttl"),
    (VERDICT, "packet->ip->ttl > ctl->max_ttl", "packet->ip->ttl > ctl->max_ttl + 1"),
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
    (VERDICT, "MSENDER_DROP, MSENDER_UNKNOWN", "MSENDER_PASS, MSENDER_UNKNOWN"),
    (VERDICT, "!interface || !(interface->flags & MSENDER_MONITOR)", "!interface"),
    (VERDICT, "	verdict.monitored = 1;", ""),
    (PROGRAM, "	wildcard.source = 0;\n	return bpf_map_lookup_elem(&wildcards, &wildcard);", "	return NULL;"),
    (PROGRAM, "	if (!read_control(MSENDER_CONTROL_WILDCARDS))\n		return NULL;", ""),
    (PROGRAM, "	if (!read_control(MSENDER_CONTROL_WILDCARDS))", "	if (1)"),
    (PROGRAM, "return new->rows++ < MSENDER_NEW_DENIED_PER_TICK", "return 1"),
    (PROGRAM, "return read_control(MSENDER_CONTROL_MONITORING) != 0", "return 1"),
    (PROGRAM, "& 0xff;", "& 0x1f;"),
    (PROGRAM, "{ 64, key->source, key->group }", "{ 64, 0, key->group }"),
    (PROGRAM, "h_source", "h_dest"),
    (PROGRAM, " && !is_hidden(skb))", ")"),
    (PROGRAM, "return !(tag & bpf_htons(VLAN_ID_MASK))", "return !tag"),
    (PROGRAM, "return !(tag & bpf_htons(VLAN_ID_MASK))", "return 1"),
    (PROGRAM, "reason != MSENDER_PERMITTED", "reason == MSENDER_TTL"),
    (PROGRAM, "verdict.reason >= MSENDER_UNKNOWN && packet.ip", "verdict.action == MSENDER_DROP && packet.ip"),
    (PROGRAM, "	if (verdict.monitored)\n", "	if (0)\n"),
    (PROGRAM, "		skb->mark = MSENDER_MARK;", "		;"),
    (PROGRAM, "	row->reason = verdict->reason;\n	row->ttl", "	row->ttl"),
]


def run(*command):
    environment = {**os.environ, "MSENDER_PACKETS": "20000"}
    return subprocess.run(command, cwd=WORK, env=environment, capture_output=True, text=True)


def fails(target, test):
    # A mutant may leave something unused.
    built = run("make", "-s", "WARNINGS=-w", *target)
    if built.returncode != 0:
        sys.exit(f"Bail out! a mutant does not compile: {built.stderr}")
    return run(*test).returncode != 0


def is_caught():
    if fails(["build/verdict_test"], ["build/verdict_test"]):
        return True
    objects = ("build/test_clock.bpf.o", "build/msender.bpf.o")
    return any(fails(["build/bpf_test", one], ["build/bpf_test", one]) for one in objects)


def prepare():
    shutil.rmtree(WORK, ignore_errors=True)
    for folder in ("bpf", "include", "test"):
        shutil.copytree(PACKAGE / folder, WORK / folder)
    shutil.copy(PACKAGE / "Makefile", WORK)


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP loading a BPF program needs root")
        return 0
    prepare()
    failures = int(is_caught())
    print(f"{'not ok' if failures else 'ok'} 1 - the filter as it is passes")
    for number, (name, before, after) in enumerate(MUTANTS, 2):
        source = (PACKAGE / name).read_text()
        if source.count(before) != 1:
            sys.exit(f"Bail out! {name} has {source.count(before)} times {before!r}")
        (WORK / name).write_text(source.replace(before, after))
        caught = is_caught()
        (WORK / name).write_text(source)
        failures += not caught
        print(f"{'ok' if caught else 'not ok'} {number} - caught: {' '.join(before.split())} -> {' '.join(after.split())}", flush=True)
    print(f"1..{len(MUTANTS) + 1}")
    return failures > 0


sys.exit(main())
