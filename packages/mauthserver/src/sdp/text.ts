// SPDX-License-Identifier: MIT

/** Bytes as text, and a note when the character set had to be guessed. */
export interface DecodedText {
  readonly text: string;
  readonly note?: string;
}

/**
 * Decodes a description: its a=charset (RFC 8866 §6.10), else UTF-8, else ISO-8859-1 (which the WHATWG reads as its
 * superset windows-1252). A NUL ends it, as in every receiver written in C.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const end = bytes.indexOf(0);
  const described = end === -1 ? bytes : bytes.subarray(0, end);
  const utf8 = tryDecode(described, "utf-8");
  const charset = declaredCharset(utf8 ?? new TextDecoder("latin1").decode(described));
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    const text = tryDecode(described, charset);
    if (text !== undefined) return { text };
    if (utf8 !== undefined) return { text: utf8, note: `a=charset:${charset} does not fit: decoded as UTF-8` };
  }
  if (utf8 !== undefined) return { text: utf8 };
  return { text: new TextDecoder("latin1").decode(described), note: "not valid UTF-8: decoded as ISO-8859-1" };
}

function declaredCharset(text: string): string | undefined {
  return /^a=charset:[ \t]*([\w.:+-]{1,40})/m.exec(text)?.[1];
}

function tryDecode(bytes: Uint8Array, charset: string): string | undefined {
  // Lines are found after decoding, so a character set that is not a superset of ASCII cannot be meant.
  if (/^utf-?(?:16|32)|^ucs|^unicode/i.test(charset)) return undefined;
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined; // An unknown label or bytes outside the set: the caller has a next guess.
  }
}

// Bidirectional controls, zero-width marks and line separators can make one title look like another.
const DECEPTIVE = /[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
// oxlint-disable-next-line no-control-regex -- control characters are what must go
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Text fit to be shown: without control and bidirectional characters, trimmed; escape it for HTML all the same. */
export function cleanText(text: string): string {
  return text.replaceAll("\t", " ").replace(CONTROL, "").replace(DECEPTIVE, "").trim();
}
