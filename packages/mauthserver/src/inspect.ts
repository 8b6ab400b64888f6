// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readCapture } from "./inspect/pcap.ts";
import { replay } from "./inspect/replay.ts";
import { describedReport, rejection } from "./inspect/report.ts";
import { decodeSap } from "./sap/packet.ts";
import { SessionDirectory } from "./sessions.ts";
import { parseSdp } from "./sdp/parse.ts";
import { findOrigin } from "./sdp/origin.ts";
import { decodeText } from "./sdp/text.ts";

const USAGE = `Usage: mauthserver inspect [--at SECONDS]... FILE...

Tells what mauthserver makes of announcements, as JSON Lines: of a description (.sdp), of one SAP
datagram (.bin), or of a capture (.pcap), whose own time is the clock.

  --at SECONDS   also tell which sessions are on the air that long after the first packet of a capture
`;

const EXIT_OK = 0;
const EXIT_USAGE = 2;
/** Where a .bin is taken to come from and to have been sent to. */
const BIN_SOURCE = "192.0.2.10";
const BIN_GROUP = "239.255.255.255";

/** Runs `mauthserver inspect`; returns the exit code. A file that is refused is an answer, not a failure. */
export async function inspect(
  argv: readonly string[],
  output: (line: string) => void,
  complain: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
): Promise<number> {
  const fail = (sentence: string): number => {
    complain(`mauthserver: ${sentence}`);
    return EXIT_USAGE;
  };
  const options = parseOptions(argv);
  if (typeof options === "string") return fail(options);
  if (options.help) {
    output(USAGE.trimEnd());
    return EXIT_OK;
  }
  let exitCode = EXIT_OK;
  for (const file of options.files) {
    const reports = inspectFile(file, options.atSeconds);
    if (typeof reports === "string") exitCode = fail(`cannot inspect ${file}: ${reports}`);
    else for (const report of reports) output(JSON.stringify({ file, ...report }));
  }
  return exitCode;
}

interface Options {
  readonly files: readonly string[];
  readonly atSeconds: readonly number[];
  readonly help: boolean;
}

function parseOptions(argv: readonly string[]): Options | string {
  const options = { at: { type: "string", multiple: true }, help: { type: "boolean", short: "h" } } as const;
  try {
    const { values, positionals: files } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const help = values.help === true;
    const at = values.at ?? [];
    const bad = at.find((text) => !/^\d+(?:\.\d+)?$/.test(text));
    if (bad !== undefined) return `--at ${bad}: must be a number of seconds`;
    if (files.length === 0 && !help) return "inspect needs a file, see mauthserver inspect --help";
    return { files, atSeconds: at.map(Number), help };
  } catch (error) {
    return error instanceof Error ? (error.message.split(". ")[0] ?? "bad option") : String(error);
  }
}

/** The reports on one file, or a sentence when it cannot be read. */
function inspectFile(file: string, atSeconds: readonly number[]): readonly object[] | string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (file.endsWith(".sdp")) return [inspectDescription(bytes)];
  if (file.endsWith(".bin")) return [inspectDatagram(bytes)];
  if (!file.endsWith(".pcap")) return "its name must end in .sdp, .bin or .pcap";
  const capture = readCapture(bytes);
  return typeof capture === "string" ? capture : replay(capture, atSeconds);
}

function inspectDescription(bytes: Uint8Array): object {
  const description = parseSdp(bytes);
  if (!description.ok) return rejection(description.reason);
  return { verdict: "accept", ...describedReport(description.value) };
}

function inspectDatagram(bytes: Uint8Array): object {
  const packet = decodeSap(bytes);
  if (!packet.ok) return rejection(packet.reason);
  const { deletion, messageIdHash, originatingSource, authenticated, payload } = packet.value;
  const header = { messageIdHash, originatingSource, authenticated };
  const description = parseSdp(payload);
  if (deletion) {
    const origin = findOrigin(decodeText(payload).text) ?? null;
    const session = description.ok ? { session: describedReport(description.value) } : {};
    return { verdict: "delete", ...header, origin, ...session };
  }
  if (!description.ok) return { ...rejection(description.reason), ...header };
  const session = describedReport(description.value);
  const refused = refusalOfDirectory(bytes);
  return refused === undefined ? { verdict: "accept", ...header, session } : { ...refused, ...header, session };
}

/** Whether a directory would list the session now: one that has ended it would not. */
function refusalOfDirectory(bytes: Uint8Array): object | undefined {
  const directory = new SessionDirectory();
  const now = { monotonicMs: 0, wallMs: Date.now() };
  const heard = { bytes, source: BIN_SOURCE, sapGroup: BIN_GROUP, interface: "", mrouter: null };
  if (directory.hear(heard, now).length > 0) return undefined;
  return rejection(directory.counters.ended > 0 ? "ended" : "not-sdp");
}
