// SPDX-License-Identifier: MIT

/** Two waves and a tick: a sender that may. */
export function Logo() {
  return (
    <svg width="28" height="28" viewBox="0 0 32 32" fill="none" stroke="currentColor" strokeLinecap="round" aria-hidden>
      <path strokeWidth="2.6" d="M7 24a11.500 11.500 0 0 1 0-16M25 8a11.500 11.500 0 0 1 0 16" />
      <path
        strokeWidth="2.600"
        d="M11.200 20.500a6.500 6.500 0 0 1 0-9M20.800 11.500a6.500 6.500 0 0 1 0 9"
        opacity=".55"
      />
      <path strokeWidth="2.600" strokeLinejoin="round" d="m13.400 16 1.900 1.900 3.300-3.500" />
    </svg>
  );
}
