// SPDX-License-Identifier: MIT
import { getSystemErrorName } from "node:util";
import type { Native } from "../native.ts";
import { decodeMessages, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NetlinkWriter } from "./netlink.ts";
import type { Attributes, NetlinkMessage } from "./netlink.ts";

/** An answer of the kernel is at most 32 KiB long (netlink_dump). */
const ANSWER_LENGTH_BYTES_MAX = 65_536;
/** Each may be answered by an error, and all of them must fit into the socket's receive buffer. */
const REQUESTS_AT_ONCE_MAX = 128;
const SEQUENCE_MAX = 0xffff_ffff;

/** Writes the attributes of a request. */
export type Write = (writer: NetlinkWriter) => void;

/** A generic netlink family of the kernel, through a socket of its own. Calls return when the kernel has answered. */
export class GenlFamily {
  readonly #native: Native;
  readonly #fd: number;
  readonly #family: number;
  readonly #writer = new NetlinkWriter();
  readonly #answer = new Uint8Array(ANSWER_LENGTH_BYTES_MAX);
  #sequence = 0;

  /** @throws when the kernel does not have the family (`code` is "ENOENT"). */
  constructor(native: Native, name: string) {
    const { fd, family } = native.genlOpen(name);
    this.#native = native;
    this.#fd = fd;
    this.#family = family;
  }

  close(): void {
    this.#native.close(this.#fd);
  }

  /**
   * Has one thing done.
   * @throws when the kernel refuses: `code` is the errno name, the message the kernel's sentence.
   */
  call(command: number, write: Write): void {
    this.#request(command, NLM_F_ACK, write);
    this.#finish(() => {});
  }

  /**
   * Asks for one thing.
   * @throws when the kernel refuses, as above, or does not answer.
   */
  ask<Answer>(command: number, write: Write, decode: (attributes: Attributes) => Answer): Answer {
    const answers: Answer[] = [];
    this.#request(command, NLM_F_ACK, write);
    this.#finish((attributes) => answers.push(decode(attributes)));
    const [answer] = answers;
    if (answer === undefined) throw new Error("the kernel did not answer");
    return answer;
  }

  /** Asks for many things of one kind, in order; returns the error of each that the kernel refused. */
  callMany(command: number, writes: readonly Write[]): (Error | undefined)[] {
    const errors: (Error | undefined)[] = [];
    for (let start = 0; start < writes.length; start += REQUESTS_AT_ONCE_MAX) {
      const some = writes.slice(start, start + REQUESTS_AT_ONCE_MAX);
      // Without being asked to the kernel tells only errors, and all of them before it acknowledges the last one.
      const sequences = some.map((write, index) =>
        this.#request(command, index === some.length - 1 ? NLM_F_ACK : 0, write),
      );
      const refused = this.#exchange(() => {});
      errors.push(...sequences.map((sequence) => refused.get(sequence)));
    }
    return errors;
  }

  /** Reads a whole table, row by row. Rows that come or go meanwhile may be missing; the others are there, once. */
  dump<Row>(command: number, decode: (attributes: Attributes) => Row): Row[] {
    const rows: Row[] = [];
    this.#request(command, NLM_F_DUMP, () => {});
    this.#finish((attributes) => rows.push(decode(attributes)));
    return rows;
  }

  #request(command: number, flags: number, write: Write): number {
    this.#sequence = this.#sequence === SEQUENCE_MAX ? 1 : this.#sequence + 1;
    const sequence = this.#sequence;
    this.#writer.message({ family: this.#family, flags: NLM_F_REQUEST | flags, sequence, command });
    write(this.#writer);
    return sequence;
  }

  #finish(onAnswer: (attributes: Attributes) => void): void {
    const error = this.#exchange(onAnswer).get(this.#sequence);
    if (error !== undefined) throw error;
  }

  /**
   * Sends what was written and reads until the last request has ended; returns errors by sequence number. Attributes are
   * views of a buffer that is used again, so they are to be decoded at once.
   */
  #exchange(onAnswer: (attributes: Attributes) => void): Map<number, Error> {
    const errors = new Map<number, Error>();
    this.#native.genlSend(this.#fd, this.#writer.take());
    for (let isOver = false; !isOver;)
      for (const message of this.#receive()) {
        if (message.kind === "answer") onAnswer(message.attributes);
        else if (message.errno > 0) errors.set(message.sequence, refusal(message.errno, message.sentence));
        if (message.kind === "end" && message.sequence === this.#sequence) isOver = true;
      }
    return errors;
  }

  #receive(): Iterable<NetlinkMessage> {
    const length = this.#native.genlReceive(this.#fd, this.#answer);
    return decodeMessages(this.#answer.subarray(0, length));
  }
}

function refusal(errno: number, sentence: string): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(sentence === "" ? `the kernel refused: ${code}` : sentence), { code });
}
