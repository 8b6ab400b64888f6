// SPDX-License-Identifier: MIT

/** The nonce without which our content security policy lets no style element count; mauthserver writes it into the page. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
}

// Mantine fills its style elements through innerHTML, which Trusted Types would forbid: let through what cannot be markup.
const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
trustedTypes?.createPolicy("default", {
  createHTML(text) {
    if (text.includes("<")) throw new TypeError("text that may be markup does not become HTML");
    return text;
  },
});

// Where react-remove-scroll, which Mantine uses below dialogs, looks for the nonce of its styles.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() });
