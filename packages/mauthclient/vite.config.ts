// SPDX-License-Identifier: MIT
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `vite dev` finds /ws; the fake server unless told otherwise. */
const server = process.env["MAUTH_SERVER"] ?? "http://127.0.0.1:8090";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: "es2024",
    outDir: "dist",
    emptyOutDir: true,
    // The content security policy has no data: source, so nothing may be inlined as one.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  server: { host: "127.0.0.1", proxy: { "/ws": { target: server, ws: true }, "/api": { target: server } } },
});
