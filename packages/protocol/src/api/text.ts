// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { isSenderGroup, isUnicastSource, parseIpv4, parseIpv4Prefix } from "../ipv4.ts";

/** Instants are milliseconds since the Unix epoch. */
export const Instant = z.int().check(z.nonnegative());

/** A unicast IPv4 source in dotted decimal. */
export const Source = z.string().check(
  z.refine((text) => {
    const address = parseIpv4(text);
    return address !== undefined && isUnicastSource(address);
  }, "must be a unicast IPv4 address"),
);

/** An IPv4 group that a router may forward, in dotted decimal. */
export const Group = z.string().check(
  z.refine((text) => {
    const address = parseIpv4(text);
    return address !== undefined && isSenderGroup(address);
  }, "must be a multicast IPv4 address outside 224.0.0.0/24"),
);

/** The greatest TTL with which a sender's packets may arrive at the mrouter, 1 to 255 hops. */
export const MaxTtl = z.int().check(z.minimum(1), z.maximum(255));

/** An IPv4 prefix such as "192.0.2.0/24", without host bits. */
export const Network = z
  .string()
  .check(z.refine((text) => parseIpv4Prefix(text) !== undefined, "must be an IPv4 prefix such as 192.0.2.0/24"));
