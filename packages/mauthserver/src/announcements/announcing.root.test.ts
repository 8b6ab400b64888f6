// SPDX-License-Identifier: MIT
import type { ChildProcess } from "node:child_process";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Announcement } from "@mauth/protocol/api";
import type { AnnouncementInput, Session } from "@mauth/protocol/api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isInstalled, makeHome, vlcListening } from "../../test/players.ts";
import { SapLan } from "../../test/sap-lan.ts";
import { until } from "../testing/until.ts";

const MAUTHSERVER = path.join(import.meta.dirname, "../main.ts");
const NODE = path.join(import.meta.dirname, "../../../../node_modules/.bin/node");
const PATH = "/api/v1/announcements";

let lan: SapLan;
let folder: string;
let server: ChildProcess;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "mauth-announcing-"));
  chmodSync(folder, 0o755);
  lan = new SapLan();
  writeFileSync(
    path.join(folder, "server.toml"),
    `listen = "unix:${folder}/http.sock"\nstore = "sqlite:${folder}/mauth.db"\n[sap]\ninterfaces = ["sap0"]\n`,
  );
  await startServer();
});

afterEach(async () => {
  await lan.stop();
  rmSync(folder, { recursive: true });
});

/** mauthserver runs on the announcing side. */
async function startServer(): Promise<void> {
  server = lan.announce([NODE, MAUTHSERVER, "serve", "--config", path.join(folder, "server.toml")]);
  await lan.saidBy(server, "mauthserver serves");
}

/** Over the server's UNIX socket. */
async function ask(method: string, target: string, body?: AnnouncementInput): Promise<unknown> {
  const headers = { Host: "localhost", "Content-Type": "application/json" };
  const sent = request({ socketPath: path.join(folder, "http.sock"), path: target, method, headers });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  if ((response.statusCode ?? 500) >= 400) throw new Error(`${response.statusCode}: ${text}`);
  return text === "" ? undefined : (JSON.parse(text) as unknown);
}

/** Ids of the sessions that the server hears, itself among the announcers, once there are any. */
async function heardByServer(): Promise<string[]> {
  for (;;) {
    const { items } = (await ask("GET", "/api/v1/sessions")) as { items: Session[] };
    if (items.length > 0) return items.map(({ id }) => id);
    await pause(20);
  }
}

const film: AnnouncementInput = {
  title: "Film from mauth",
  purpose: "video",
  group: "239.255.12.9",
  interval: { mode: "fixed", seconds: 5 },
};

it("[ANN-5] a session goes on as the same one after the server was killed, and leaves when it is stopped", async () => {
  await lan.listen();
  const created = Announcement.parse(await ask("POST", PATH, film));
  const first = await lan.next((line) => line.type === "add");
  const { session: id, messageIdHash, sdp } = created;
  expect(first.session).toMatchObject({ id, messageIdHash, sdp, announcer: "192.0.2.1" });
  expect(await heardByServer()).toEqual([id]);

  const killed = once(server, "exit");
  server.kill("SIGKILL");
  await killed;
  await startServer();
  expect(await ask("GET", `${PATH}/${created.id}`)).toEqual(created);

  const changed = Announcement.parse(await ask("PUT", `${PATH}/${created.id}`, { ...film, title: "Changed" }));
  const second = await lan.next((line) => line.session?.title === "Changed");
  expect(second.session).toMatchObject({ id, sdp: changed.sdp, messageIdHash: changed.messageIdHash });

  const stopped = once(server, "exit");
  server.kill("SIGTERM");
  expect(await lan.next((line) => line.type === "remove" && line.reason === "deleted")).toMatchObject({ id });
  expect(await stopped).toEqual([0, null]);
  await startServer();
  expect((await lan.next((line) => line.type === "add")).session).toMatchObject({ id, sdp: changed.sdp });
  await ask("DELETE", `${PATH}/${created.id}`);
  expect(await lan.next((line) => line.type === "remove")).toMatchObject({ id, reason: "deleted" });
});

it.skipIf(!isInstalled("cvlc"))("[ANN-8] VLC finds and plays a session that the server announces", async () => {
  const home = makeHome();
  const source = ["-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-c:v", "mpeg2video", "-g", "12"];
  const target = ["-f", "rtp_mpegts", `rtp://${film.group}:5004?ttl=15`];
  lan.announce(["ffmpeg", "-nostdin", "-loglevel", "error", ...source, ...target]);
  await ask("POST", PATH, film);
  const recorded = path.join(home, "recorded.ts");
  const vlc = lan.receive(vlcListening(home, recorded));
  let said = "";
  vlc.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const item = (): string | undefined => /(\d+) - Film from mauth/.exec(said)?.[1];
  const asking = setInterval(() => vlc.stdin?.write("playlist\n"), 250);
  await until(() => item() !== undefined, "VLC lists the session", 20_000);
  clearInterval(asking);
  vlc.stdin?.write(`goto ${item()}\n`);
  await until(() => existsSync(recorded) && statSync(recorded).size > 100_000, "VLC has recorded 100 kB", 20_000);
  const probe = ["-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", recorded];
  expect(execFileSync("ffprobe", probe, { encoding: "utf8" })).toContain("mpeg2video,320,240");
  rmSync(home, { recursive: true });
});
