// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { isMulticastAddress, parseAddressPrefix } from "../address.ts";
import { isSenderGroup, isUnicastSource, parseIpv4 } from "../ipv4.ts";

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

/** A network: an IPv4 or IPv6 prefix without host bits. */
export const Network = z
  .string()
  .check(
    z.refine(
      (text) => parseAddressPrefix(text) !== undefined,
      "must be a prefix such as 192.0.2.0/24 or 2001:db8::/32, without host bits",
    ),
  );

/** A prefix of groups such as "239.1.0.0/16", of at least 4 bits (8 of IPv6), without host bits. */
export const GroupPrefix = z.string().check(
  z.refine((text) => {
    const prefix = parseAddressPrefix(text);
    return prefix !== undefined && isMulticastAddress(prefix.network) && prefix.length >= 4;
  }, "must be a prefix of multicast groups such as 239.1.0.0/16"),
);

/** `Session.id`. */
export const SessionId = z.string().check(z.regex(/^[0-9a-f]{16}$/, "must be the 16 hex digits of a session"));

/** A network interface as Linux names it. */
export const InterfaceName = z
  .string()
  .check(z.regex(/^[!-.0-9;-~]{1,15}$/, "must be the name of an interface, 1 to 15 characters"));

/** A link-layer address such as "00:00:5e:00:53:01". */
export const Mac = z
  .string()
  .check(z.regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/, "must be a link-layer address such as 00:00:5e:00:53:01"));

/** 1 to 2^32 - 1 bytes. */
export const Bytes = z.int().check(z.minimum(1), z.maximum(0xffffffff));

/** What a person calls something that others will know by this name: nothing in it is out of sight or turns the reading direction. */
export const Title = z.string().check(
  z.minLength(1),
  z.maxLength(100),
  z.refine((text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text), "must have no characters that are not seen"),
);

/** What a person says about a decision. */
export const Reasoning = z.string().check(z.maxLength(500));
