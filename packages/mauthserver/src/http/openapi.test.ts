// SPDX-License-Identifier: MIT
import { Validator } from "@seriousme/openapi-schema-validator";
import { OpenAPIClientAxios } from "openapi-client-axios";
import type { Document, OpenAPIClient } from "openapi-client-axios";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiWorld, PASSWORD } from "../testing/api-world.ts";

const id = "192.0.2.10>233.252.0.1";

describe("the OpenAPI description", () => {
  let world: ApiWorld;
  let url: string;
  let description: Document;

  beforeEach(async () => {
    world = await ApiWorld.start();
    url = `http://127.0.0.1:${world.port}/api/v1`;
    description = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  });
  afterEach(async () => world.stop());

  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate({ ...description })).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("names every operation once, and refers to schemas that there are", () => {
    const operations = Object.values(description.paths ?? {}).flatMap((methods) =>
      Object.values(methods as Record<string, { operationId: string }>).map(({ operationId }) => operationId),
    );
    expect(operations.length).toBeGreaterThan(40);
    expect(new Set(operations).size).toBe(operations.length);
    const names = Object.keys(description.components?.schemas ?? {});
    for (const [, name] of JSON.stringify(description).matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(names).toContain(name);
    expect(JSON.stringify(description)).not.toContain("#/$defs");
  });

  it("tells where If-Match is heeded, and where its tag comes from", () => {
    const operations = Object.entries(description.paths ?? {}).flatMap(([target, methods]) =>
      Object.entries(methods as Record<string, { parameters?: { name: string }[]; responses: Record<string, object> }>)
        .filter(
          ([, { parameters = [], responses }]) =>
            "412" in responses && parameters.some((one) => one.name === "If-Match"),
        )
        .map(([method]) => `${method} ${target}`),
    );
    expect(operations.toSorted()).toEqual([
      "delete /accounts/{name}",
      "delete /announcements/{id}",
      "delete /grants/{id}",
      "delete /mrouters/{name}",
      "patch /accounts/{name}",
      "patch /grants/{id}",
      "patch /mrouters/{name}",
      "put /announcements/{id}",
      "put /mrouters/{name}/interfaces/{interface}",
      "put /settings",
    ]);
    const targets = new Set(operations.map((one) => one.split(" ")[1] ?? ""));
    for (const target of targets)
      expect(description.paths?.[target]?.get?.responses).toMatchObject({ 200: { headers: { ETag: {} } } });
  });

  it("is enough for a client that is generated from it", async () => {
    const api = new OpenAPIClientAxios({
      definition: description,
      withServer: { url },
      axiosConfigDefaults: { baseURL: url },
    });
    const client = await api.init<OpenAPIClient>();
    const ask = async (operation: string, ...parameters: unknown[]) => {
      const { data, status } = (await client[operation]!(...(parameters as []))) as { data: unknown; status: number };
      return { data, status };
    };
    expect(await ask("getMe")).toMatchObject({ status: 200, data: { name: "console" } });
    const made = await ask("postGrants", null, { source: "192.0.2.10", group: "233.252.0.1", maxTtl: 16 });
    expect(made).toMatchObject({ status: 201, data: { id, outcome: "ack" } });
    expect(await ask("patchGrantsId", { id }, { maxTtl: 63 })).toMatchObject({ status: 200 });
    expect(world.musersd.table.get(id)).toBe(63);
    expect(await ask("getGrants", { limit: 10, source: "192.0.2.10" })).toMatchObject({
      data: { items: [{ id, maxTtl: 63 }], next: null },
    });
    expect(await ask("getExplain", { mrouter: "edge-1", source: "192.0.2.10", group: "233.252.0.1" })).toMatchObject({
      data: { grants: [id] },
    });
    expect(await ask("deleteGrantsId", { id, reason: "done" })).toMatchObject({ status: 200 });
    expect(world.musersd.table.size).toBe(0);
    await ask("postFirstRun", null, { name: "alice", password: PASSWORD });
    await expect(ask("getGrants")).rejects.toMatchObject({ response: { status: 401 } });
  });
});
