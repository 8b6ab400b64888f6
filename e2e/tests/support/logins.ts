// SPDX-License-Identifier: MIT
import { DatabaseSync } from "node:sqlite";

/** Makes every login of a mauthserver that does not run older, as if the time had passed: nobody can wait for it, or set its clock. */
export function ageLogins(file: string, byMs: number): void {
  const database = new DatabaseSync(file);
  const older = "json_set(body, '$.createdAt', json_extract(body, '$.createdAt') - ?)";
  database
    .prepare(`UPDATE entity SET body = ${older} WHERE kind = 'login' AND json_extract(body, '$.createdAt')`)
    .run(byMs);
  database.close();
}
