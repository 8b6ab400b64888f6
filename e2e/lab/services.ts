// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { LabProcess } from "./process.ts";
import { ADDRESS, type HostName, namespaceOf } from "./topology.ts";

const PROJECT = join(import.meta.dirname, "../..");
const DAEMONS = join(PROJECT, ".cache/daemons");
const SMCROUTED = join(DAEMONS, "smcroute/usr/sbin/smcrouted");
const SAPSERVER = join(DAEMONS, "minisapserver/usr/bin/sapserver");
/** Programs of the project, as installed. */
export const BIN = join(PROJECT, "node_modules/.bin");

/** The RPC port of musersd. */
export const RPC_PORT = 9874;
/** RFC 2974 §3. */
export const SAP_PORT = 9875;
export const SAP_GROUPS = ["224.2.127.254", "239.255.255.255", "239.195.255.255"] as const;

/** What the announcer announces and streams. */
export const ANNOUNCED = { title: "Lecture 3: Multicast, live", group: "233.252.0.10", port: 5004, ttl: 16 } as const;
/** What miniSAPserver announces; nobody streams it. */
export const CAMPUS = [
  { title: "Campus television", group: "239.255.12.42", port: 1234 },
  { title: "Council chamber", group: "239.255.12.43", port: 1234 },
  { title: "Harbour weather camera", group: "239.255.12.44", port: 1234 },
] as const;

/** The programs that a lab needs before it can start. */
export const NEEDED_FILES = [SMCROUTED, SAPSERVER, join(BIN, "node")];

export type ServiceName = "smcrouted" | "musersd" | "mauthserver" | "announcer" | "minisapserver";

/** Where a service runs, its command, and the configuration file it reads. */
interface Service {
  readonly host: HostName;
  readonly command: readonly string[];
  readonly file?: { readonly name: string; readonly text: string };
}

export interface ServiceSettings {
  readonly directory: string;
  readonly consolePort: number;
  /** How mauthserver speaks to the mrouter. */
  readonly protocol: "v1" | "v2";
  /** Nothing may be done before there is an account. */
  readonly isLoginRequired?: boolean;
}

/** Every sender group and SAP group is routed, so that only the filter can be why something does not arrive. */
function smcrouted({ directory }: ServiceSettings): Service {
  const groups = ["233.252.0.0/24", "239.0.0.0/8", "224.2.127.254"];
  const routes = groups.map((group) => `mroute from lan0 group ${group} to lan1`);
  const text = ["phyint lan0 enable", "phyint lan1 enable", ...routes, ""].join("\n");
  const files = [
    "-f",
    `${directory}/smcroute.conf`,
    "-P",
    `${directory}/smcroute.pid`,
    "-u",
    `${directory}/smcroute.sock`,
  ];
  // -c 0: routes are not flushed every minute, which would lose packets of its own.
  return {
    host: "mrouter",
    command: [SMCROUTED, "-n", "-N", "-c", "0", "-l", "notice", ...files],
    file: { name: "smcroute.conf", text },
  };
}

function musersd({ directory }: ServiceSettings): Service {
  const text = `listen = "0.0.0.0:${RPC_PORT}"
interfaces = ["lan0"]
state_dir = "${directory}/musersd"
[v1]
allow = ["127.0.0.0/8", "${ADDRESS.serviceManagement}/32"]
`;
  return {
    host: "mrouter",
    command: [`${BIN}/musersd`, "--config", `${directory}/musersd.toml`],
    file: { name: "musersd.toml", text },
  };
}

function mauthserver({ directory, consolePort, protocol, isLoginRequired = false }: ServiceSettings): Service {
  const text = `listen = "unix:${directory}/http.sock"
origins = ["http://127.0.0.1:${consolePort}", "http://localhost:${consolePort}"]
store = "sqlite:${directory}/mauth.db"
[accounts]
required = ${isLoginRequired}
[sap]
interfaces = ["sap0"]
[[mrouter]]
name = "edge-1"
address = "${ADDRESS.mrouterManagement}:${RPC_PORT}"
protocol = "${protocol}"
networks = ["192.0.2.0/24"]
`;
  return {
    host: "service",
    command: [`${BIN}/mauthserver`, "serve", "--config", `${directory}/mauthserver.toml`],
    file: { name: "mauthserver.toml", text },
  };
}

/** ffmpeg streams a tone as RTP and announces it by SAP at 224.2.127.254 every 5 s. */
function announcer(): Service {
  const tone = ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-ac", "1", "-c:a", "pcm_s16be"];
  const target = `sap://${ANNOUNCED.group}:${ANNOUNCED.port}?ttl=${ANNOUNCED.ttl}`;
  return {
    host: "permitted",
    command: [
      "ffmpeg",
      "-nostdin",
      "-loglevel",
      "warning",
      ...tone,
      "-metadata",
      `title=${ANNOUNCED.title}`,
      "-f",
      "sap",
      target,
    ],
  };
}

function minisapserver({ directory }: ServiceSettings): Service {
  const programs = CAMPUS.map(
    ({ title, group, port }) => `[program]
name=${title}
user=campus
machine=${ADDRESS.permitted}
site=http://${ADDRESS.permitted}/
address=${group}
port=${port}
`,
  );
  return {
    host: "permitted",
    command: [SAPSERVER, "-f", `${directory}/sap.cfg`],
    file: { name: "sap.cfg", text: ["[global]\nsap_delay=1\n", ...programs].join("") },
  };
}

const SERVICES = { smcrouted, musersd, mauthserver, announcer, minisapserver } satisfies Record<
  ServiceName,
  (settings: ServiceSettings) => Service
>;

/** The configuration file of a service, if it has one. */
export function configurationOf(name: ServiceName, settings: ServiceSettings): Service["file"] {
  return SERVICES[name](settings).file;
}

/** A service of the lab, not yet started. */
export function createService(name: ServiceName, id: string, settings: ServiceSettings): LabProcess {
  const { host, command } = SERVICES[name](settings);
  const logFile = `${settings.directory}/${name}.log`;
  // A daemon of ours that ends by itself is a finding, the announcer's end is not.
  const isForEver = name === "announcer";
  return new LabProcess({ name, namespace: namespaceOf(id, host), command, logFile, isForEver });
}
