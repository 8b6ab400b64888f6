// SPDX-License-Identifier: MIT
import manifest from "../package.json" with { type: "json" };

/** Of mauthserver. */
export const VERSION: string = manifest.version;
