// SPDX-License-Identifier: MIT
import { Lab } from "../../lab/lab.ts";

/** `node hold-lab.ts ID` makes a lab, prints the process ids of its daemons as JSON, and keeps it until it is ended. */
const lab = await Lab.create({ id: process.argv[2] ?? "held" });
lab.send("rogue", { group: "233.252.0.10" });
await lab.start("musersd");
console.log(JSON.stringify([lab.service("smcrouted").pid, lab.service("musersd").pid]));
