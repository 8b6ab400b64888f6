// SPDX-License-Identifier: MIT
// zod probes `new Function` unless told not to; under our content security policy each probe is reported as a violation.
// Imported first by main.tsx, because the switch is read when the schemas are built.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
