// SPDX-License-Identifier: MIT

/** Thrown when a step of a simulation broke a promise of the protocol. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** A call, as its client meant it. */
export interface LedgerCall {
  /** Ascending over the whole run in the order in which calls were begun. */
  readonly id: number;
  /** The process that made it; the order of calls is promised within one process. */
  readonly process: string;
  readonly key: string;
  readonly command: "add" | "remove";
  readonly term: number;
  executions: number;
  outcome: "open" | "ack" | "error" | "unknown";
}

/** The truth about a run: what was asked, what was executed, what was reported. Every entry is judged at once. */
export class Ledger {
  readonly calls: LedgerCall[] = [];
  readonly #lastExecuted = new Map<string, LedgerCall>();
  readonly #held = new Set<string>();
  #termExecuted = 0;

  begin(call: Pick<LedgerCall, "process" | "key" | "command" | "term">): LedgerCall {
    const entry: LedgerCall = { ...call, id: this.calls.length, executions: 0, outcome: "open" };
    this.calls.push(entry);
    return entry;
  }

  /** The kernel carried the call out. */
  execute(call: LedgerCall): void {
    call.executions++;
    if (call.executions > 1) throw new Violation(`call ${call.id} was executed twice`);
    if (call.outcome === "error") throw new Violation(`call ${call.id} was executed after it was refused`);
    if (call.command === "add") this.#held.add(call.key);
    else this.#held.delete(call.key);
    const slot = `${call.process}|${call.key}`;
    const last = this.#lastExecuted.get(slot);
    if (last !== undefined && last.id > call.id) {
      throw new Violation(
        `call ${call.id}, a late ${call.command}, was executed after call ${last.id}, a ${last.command}`,
      );
    }
    this.#lastExecuted.set(slot, call);
    if (call.term !== 0 && call.term < this.#termExecuted) {
      throw new Violation(`call ${call.id} was executed under term ${call.term} after term ${this.#termExecuted}`);
    }
    this.#termExecuted = Math.max(this.#termExecuted, call.term);
  }

  /** Compares the keys that the filter holds with what was executed. */
  checkHeld(keys: readonly string[]): void {
    const held = [...this.#held].sort().join();
    if (keys.toSorted().join() !== held) throw new Violation(`the filter holds ${keys.join()} instead of ${held}`);
  }

  /** The client was told an outcome. */
  settle(call: LedgerCall, outcome: "ack" | "error" | "unknown"): void {
    if (call.outcome !== "open") throw new Violation(`call ${call.id} was settled twice`);
    call.outcome = outcome;
    if (outcome === "ack" && call.executions === 0)
      throw new Violation(`call ${call.id} was acknowledged but not executed`);
    if (outcome === "error" && call.executions > 0) throw new Violation(`call ${call.id} was refused but executed`);
  }
}
