// SPDX-License-Identifier: MIT
import { refuse } from "../sap/refusal.ts";
import type { Decoded } from "../sap/refusal.ts";
import { MEDIA_MAX, SECTION_LINES_MAX } from "./description.ts";
import type { SessionDescription } from "./description.ts";
import { parseMediaLine, resolveMedia } from "./media.ts";
import type { MediaLine, Section } from "./media.ts";
import { parseConnection } from "./address.ts";
import { parseOrigin } from "./origin.ts";
import { parseSourceFilter } from "./source-filter.ts";
import { TIMES_MAX, endOf, parseRepeat, parseTime } from "./times.ts";
import type { TimeActive } from "./times.ts";
import { cleanText, decodeText } from "./text.ts";
import type { Origin } from "@mauth/protocol/api";

const NOTES_MAX = 16;
const NOTE_LENGTH_MAX = 200;

/** What is collected while reading; a section is the session or the media last begun. */
interface Draft {
  origin: Origin | undefined;
  title: string | undefined;
  readonly times: TimeActive[];
  readonly session: Section;
  readonly media: (Section & { readonly line: MediaLine })[];
  /** Where i=, c=, b= and a= go at present. */
  section: Section;
  readonly notes: string[];
}

/**
 * Parses a description (RFC 8866) as real announcers write it: any order, CR LF or LF, any character set, unknown
 * lines. Only a missing v=0 or o= refuses it; all else that is odd is left out with a note.
 */
export function parseSdp(bytes: Uint8Array): Decoded<SessionDescription> {
  const { text, note } = decodeText(bytes);
  const lines = text.split(/[\r\n]+\s*/).filter((line) => line !== "");
  if (lines[0]?.trimEnd() !== "v=0") return refuse("not-sdp");
  // Without its line end an o= line may be cut off, and half an address would be another session.
  if (lines.at(-1)?.startsWith("o=") === true && !/[\r\n]$/.test(text)) lines.pop();
  const session = emptySection();
  const draft: Draft = {
    origin: undefined,
    title: undefined,
    times: [],
    session,
    media: [],
    section: session,
    notes: note === undefined ? [] : [note],
  };
  for (const line of lines.slice(1)) {
    if (line.startsWith("v=")) {
      addNote(draft, "a second v= line: what follows is left out");
      break;
    }
    if (line[1] === "=") readLine(draft, line.charAt(0), line.slice(2));
  }
  return draft.origin === undefined ? refuse("no-origin") : { ok: true, value: describe(draft, draft.origin, text) };
}

function emptySection(): Section {
  return { connections: [], filters: [], rtpmaps: new Map() };
}

function readLine(draft: Draft, type: string, value: string): void {
  switch (type) {
    case "o":
      draft.origin ??= parseOrigin(value);
      break;
    case "s":
      draft.title ??= value;
      break;
    case "t":
      readTime(draft, value);
      break;
    case "r":
      readRepeat(draft, value);
      break;
    case "m":
      readMedia(draft, value);
      break;
    case "i":
      draft.section.info ??= value;
      break;
    case "c":
      readConnection(draft, value);
      break;
    case "b":
      readBandwidth(draft.section, value);
      break;
    case "a":
      readAttribute(draft, value);
      break;
    default: // u=, e=, p=, z=, k= and unknown types say nothing that mauth acts on.
  }
}

function readTime(draft: Draft, value: string): void {
  const time = parseTime(value);
  if (time !== undefined && draft.times.length < TIMES_MAX) draft.times.push(time);
  else addNote(draft, `t=${value}: malformed or one too many`);
}

function readRepeat(draft: Draft, value: string): void {
  const repeat = parseRepeat(value);
  const time = draft.times.at(-1);
  if (repeat !== undefined && time !== undefined && time.repeats.length < TIMES_MAX) time.repeats.push(repeat);
  else addNote(draft, `r=${value}: malformed, one too many or without t=`);
}

function readMedia(draft: Draft, value: string): void {
  const line = draft.media.length < MEDIA_MAX ? parseMediaLine(value) : `m=${value}: one too many`;
  if (typeof line === "string") {
    addNote(draft, line);
    draft.section = emptySection(); // Its lines must not fall to the media before it.
    return;
  }
  const media = { ...emptySection(), line };
  draft.media.push(media);
  draft.section = media;
}

function readConnection(draft: Draft, value: string): void {
  const { connections } = draft.section;
  const connection = connections.length < SECTION_LINES_MAX ? parseConnection(value) : undefined;
  if (connection === undefined) addNote(draft, `c=${value}: no address or one too many`);
  else connections.push(connection);
  if (connection?.note !== undefined) addNote(draft, connection.note);
}

/** AS and CT are in kbit/s, TIAS in bit/s (RFC 8866 §5.8, RFC 3890 §6.2). */
function readBandwidth(section: Section, value: string): void {
  const match = /^\s*(AS|CT|TIAS)\s*:\s*(\d{1,12})\s*$/.exec(value);
  if (match) section.bandwidthKbps ??= Number(match[2]) / (match[1] === "TIAS" ? 1000 : 1);
}

function readAttribute(draft: Draft, attribute: string): void {
  const colon = attribute.indexOf(":");
  if (colon === -1) return;
  const value = attribute.slice(colon + 1);
  const { section } = draft;
  switch (attribute.slice(0, colon)) {
    case "source-filter":
      readSourceFilter(draft, value);
      break;
    case "rtpmap": {
      const match = /^\s*(\S{1,20})\s+(\S{1,100})/.exec(value);
      if (match?.[1] !== undefined && match[2] !== undefined && section.rtpmaps.size < SECTION_LINES_MAX)
        section.rtpmaps.set(match[1], match[2]);
      break;
    }
    case "ts-refclk":
      section.referenceClock ??= value.trim();
      break;
    case "mediaclk":
      section.mediaClock ??= value.trim();
      break;
    case "tool":
      if (section === draft.session) section.tool ??= value;
      break;
    default:
  }
}

function readSourceFilter(draft: Draft, value: string): void {
  const { filters } = draft.section;
  const filter = filters.length < SECTION_LINES_MAX ? parseSourceFilter(value) : undefined;
  if (filter === undefined) addNote(draft, `a=source-filter:${value}: malformed or one too many`);
  else filters.push(filter);
}

function addNote(draft: Draft, note: string): void {
  if (draft.notes.length < NOTES_MAX) draft.notes.push(cleanText(note.slice(0, NOTE_LENGTH_MAX)));
}

function describe(draft: Draft, origin: Origin, text: string): SessionDescription {
  const { media, notes } = resolveMedia(draft.session, draft.media);
  const { info, tool } = draft.session;
  return {
    title: cleanText(draft.title ?? ""),
    info: info === undefined ? null : cleanText(info),
    origin,
    tool: tool === undefined ? null : cleanText(tool),
    times: draft.times,
    endUnixS: endOf(draft.times),
    media,
    multicast: media.some((one) => one.groups.length > 0),
    notes: [...draft.notes, ...notes].slice(0, NOTES_MAX),
    text,
  };
}
