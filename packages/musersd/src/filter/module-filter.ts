// SPDX-License-Identifier: MIT
import type { ErrorCode } from "@mauth/protocol/error-code";
import { errorCodeOfErrno } from "@mauth/protocol/error-code";
import { isSameFamily } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import { errnoOf } from "../errors.ts";
import type { Native } from "../native.ts";
import { FIRST_DROP_REASON, REASONS } from "./filter.ts";
import type {
  Attachment,
  Count,
  DeniedRow,
  Filter,
  FilterVisitor,
  RefusedTable,
  Sender,
  SenderName,
  SenderRow,
  SenderTable,
} from "./filter.ts";
import { GenlFamily } from "./genl-family.ts";
import type { Write } from "./genl-family.ts";
import {
  ATTRIBUTE,
  COMMAND,
  decodeCount,
  decodeDeniedRow,
  decodeFilter,
  decodeInterfaceRow,
  decodeSenderRow,
  encodeAddress,
  FAMILY,
  writeKey,
  writeSender,
} from "./module-messages.ts";
import { objectTables } from "./object-rows.ts";

/** The filter as a loadable kernel module. Whoever opens it needs CAP_NET_ADMIN or is the filter's owner. */
export class ModuleFilter implements Filter {
  readonly kind = "module";
  readonly isEnforcing = true;
  readonly sendersMax: number;
  readonly senderTables: readonly SenderTable[];
  readonly deniedTables: readonly RefusedTable<DeniedRow>[];
  readonly #family: GenlFamily;

  /** @throws when the module is not loaded or this network namespace has no filter (`code` is "ENOENT"). */
  constructor(native: Native) {
    this.#family = new GenlFamily(native, FAMILY);
    ({ senderTables: this.senderTables, deniedTables: this.deniedTables } = objectTables(this));
    try {
      this.sendersMax = this.#family.ask(COMMAND.get, () => {}, decodeFilter).sendersMax;
    } catch (error) {
      this.#family.close();
      throw error;
    }
  }

  close(): void {
    this.#family.close();
  }

  isThere(): boolean {
    try {
      this.#family.ask(COMMAND.get, () => {}, decodeFilter);
      return true;
    } catch (error) {
      // Of the family or of the filter: a module that was taken out, a filter that was deleted.
      if (errnoOf(error) === "ENOENT") return false;
      throw error;
    }
  }

  add(sender: Sender): ErrorCode | undefined {
    return this.addMany([sender])[0];
  }

  addMany(senders: readonly Sender[]): (ErrorCode | undefined)[] {
    const errors = this.#change(COMMAND.add, senders, writeSender);
    return senders.map((sender, index) => {
      if (!isOfOneFamily(sender)) return "bad-group";
      const error = errors[index];
      return error && errorCodeOfErrno(errnoOf(error));
    });
  }

  remove(source: Address, group: Address, groupLength?: number): ErrorCode | undefined {
    return this.removeMany([{ source, group, ...(groupLength !== undefined && { groupLength }) }])[0];
  }

  removeMany(senders: readonly SenderName[]): (ErrorCode | undefined)[] {
    const errors = this.#change(COMMAND.remove, senders, ({ source, group, groupLength }) =>
      writeKey(source, group, groupLength),
    );
    return errors.map((error) => (error && errnoOf(error) !== "ENOENT" ? errorCodeOfErrno(errnoOf(error)) : undefined));
  }

  find(source: Address, group: Address, groupLength?: number): SenderRow | undefined {
    if (!isSameFamily(source, group)) return undefined;
    try {
      return this.#family.ask(COMMAND.getSender, writeKey(source, group, groupLength), decodeSenderRow);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  senders(): SenderRow[] {
    return this.#family.dump(COMMAND.getSender, decodeSenderRow);
  }

  visitSenders(visitor: FilterVisitor): void {
    for (const row of this.senders()) visitor.sender(row);
  }

  denied(): DeniedRow[] {
    return this.#family.dump(COMMAND.getDenied, decodeDeniedRow);
  }

  counts(): Count[] {
    const counts = new Map(this.#family.dump(COMMAND.getCount, decodeCount));
    return Object.entries(REASONS).map(([text, reason]) => {
      const number = Number(text);
      const { packets = 0, bytes = 0, monitoredPackets = 0 } = counts.get(number) ?? {};
      return { reason, isDrop: number >= FIRST_DROP_REASON, packets, bytes, monitoredPackets };
    });
  }

  interfaces(): Attachment[] {
    return this.internal().filter(({ isAttached }) => isAttached);
  }

  /** Internal interfaces, those among them that do not exist now: the kernel attaches to these as they come. */
  internal(): Attachment[] {
    return this.#family.dump(COMMAND.getInterface, decodeInterfaceRow);
  }

  setObserved(groups: readonly Address[]): void {
    this.#setMembers(COMMAND.setObserved, groups);
  }

  setPimNeighbours(hosts: readonly Address[]): void {
    this.#setMembers(COMMAND.setNeighbours, hosts);
  }

  /** Attaches to these; one that has gone stays internal, so that it is judged from the moment at which it returns. */
  setInterfaces(interfaces: readonly Attachment[]): void {
    const present = this.internal();
    for (const { name, isMonitored } of interfaces) {
      const before = present.find((one) => one.name === name);
      if (before?.isAttached !== true) this.#name(COMMAND.attach, name, isMonitored);
      // Needs no privilege, so that the serving part may do it.
      else if (before.isMonitored !== isMonitored) this.#name(COMMAND.setMode, name, isMonitored);
    }
    for (const { name, isAttached } of present)
      if (isAttached && !interfaces.some((one) => one.name === name)) this.detach(name);
  }

  /** Makes an interface internal no more, whether it exists or not. */
  detach(name: string): void {
    this.#family.call(COMMAND.detach, (writer) => writer.text(ATTRIBUTE.interface, name));
  }

  /** Asks for all senders that can be registered; returns the kernel's error for each. */
  #change<One extends SenderName>(
    command: number,
    all: readonly One[],
    write: (one: One) => Write,
  ): (Error | undefined)[] {
    const possible = all.filter(isOfOneFamily);
    const errors = this.#family.callMany(command, possible.map(write));
    let next = 0;
    return all.map((one) => (isOfOneFamily(one) ? errors[next++] : undefined));
  }

  #name(command: number, name: string, isMonitored: boolean): void {
    this.#family.call(command, (writer) => {
      writer.text(ATTRIBUTE.interface, name);
      if (isMonitored) writer.flag(ATTRIBUTE.monitor);
    });
  }

  #setMembers(command: number, members: readonly Address[]): void {
    this.#family.call(command, (writer) => {
      for (const member of members) writer.bytes(ATTRIBUTE.address, encodeAddress(member));
    });
  }
}

function isOfOneFamily({ source, group }: SenderName): boolean {
  return isSameFamily(source, group);
}

/**
 * Makes the filter of this network namespace unless there is one, and names the user who may use it without privilege.
 * @throws when the module is not loaded (`code` is "ENOENT") or this process may not do so ("EPERM").
 */
export function createModuleFilter(native: Native, options: { sendersMax: number; owner: number }): ModuleFilter {
  callOnce(native, COMMAND.create, (writer) => {
    writer.u32(ATTRIBUTE.sendersMax, options.sendersMax);
    writer.u32(ATTRIBUTE.owner, options.owner);
  });
  return new ModuleFilter(native);
}

/** Opens the filter of this network namespace; undefined when there is none. */
export function findModuleFilter(native: Native): ModuleFilter | undefined {
  try {
    return new ModuleFilter(native);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Takes the filter of this network namespace out of force: everything passes from now on. */
export function deleteModuleFilter(native: Native): void {
  callOnce(native, COMMAND.delete, () => {});
}

function callOnce(native: Native, command: number, write: Write): void {
  const family = new GenlFamily(native, FAMILY);
  try {
    family.call(command, write);
  } finally {
    family.close();
  }
}
