// SPDX-License-Identifier: MIT
// Runs before the first paint, so that a dark console does not flash white. A file, because the policy forbids inline scripts.
(function () {
  let scheme = null;
  try {
    scheme = localStorage.getItem("mauth-color-scheme");
  } catch {
    // Storage may be forbidden; then the system's preference decides.
  }
  const dark = scheme === "dark" || (scheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
