// SPDX-License-Identifier: MIT
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A way to break the module, and the tests that must notice. */
export interface Mutant {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  /** Titles of the tests; a complaint of the kernel when the module is unloaded counts too. */
  readonly tests: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    file: "table.c",
    before: "	if (!before && is_full(table, key))\n",
    after: "	if (0)\n",
    tests: "contract: module > refuses one sender more",
  },
  {
    file: "table.c",
    before: "	keep_counters(&entry->ctl, &before->ctl);\n",
    after: "",
    tests: "contract: module > replaces the maximum TTL",
  },
  {
    file: "table.c",
    before: "	count_out(table, key);\n	call_rcu(&entry->rcu, free_entry);\n",
    after: "	count_out(table, key);\n",
    tests: "contract: module > drops a removed sender",
  },
  {
    file: "table.c",
    before: "	key->group.bytes[octet] &= 0xff00 >> length % 8;\n",
    after: "",
    tests: "contract: module > lets any source send to a group",
  },
  {
    file: "ingress.c",
    before: "		skb->mark = MSENDER_MARK;",
    after: "		;",
    tests: "contract: module > delivers an observed group",
  },
  {
    file: "interfaces.c",
    before: "			arrive(here->filter, dev);",
    after: "			;",
    tests: "judges the first packet of an interface that has gone",
  },
  {
    file: "netlink.c",
    before: "	return uid_valid(filter->owner) && uid_eq(file->f_cred->fsuid, filter->owner);",
    after: "	return true;",
    tests: "refuses everybody else",
  },
];

/**
 * Builds the module broken in each way, one after the other in the directory in which it was built, and leaves that as it was.
 * @param make Builds the module there.
 * @returns Paths of the broken modules.
 */
export function buildMutants(directory: string, make: () => void): string[] {
  const paths = MUTANTS.map(({ file, before, after }, index) => {
    const path = join(directory, file);
    const source = readFileSync(path, "utf8");
    if (source.split(before).length !== 2) throw new Error(`${file} does not have once: ${before}`);
    writeFileSync(path, source.replace(before, after));
    make();
    writeFileSync(path, source);
    const mutant = join(directory, `mutant${index}.ko`);
    copyFileSync(join(directory, "msender.ko"), mutant);
    return mutant;
  });
  return paths;
}
