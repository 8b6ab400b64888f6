// SPDX-License-Identifier: MIT
import { musersctl } from "../tests/support/musersctl.ts";
import { V1Peer } from "../tests/support/v1-peer.ts";
import type { Lab } from "../lab/lab.ts";
import { ADDRESS } from "../lab/topology.ts";
import { until } from "../lab/until.ts";

const GROUP = "233.252.0.20";
/** Ethernet, IPv4 and UDP: the filter counts whole frames. */
const HEADERS_BYTES = 14 + 20 + 8;
const MBIT_BYTES = 125_000;
/** How much more the host sends than it may. */
const EXCESS = 1.5;

export interface PolicingResult {
  /** What came through in the long run, the burst at the beginning not counted, Mbit/s. */
  readonly passedMbit: number;
  readonly offeredMbit: number;
  readonly passedPackets: number;
  /** What may come through in the time: rate, burst, and the packet that was begun. */
  readonly allowedPackets: number;
}

/** A host sends 1.5 times its rate; tells what comes through. */
export async function police(lab: Lab, mbit: number, seconds: number): Promise<PolicingResult> {
  const lengthBytes = mbit < 10 ? 458 : 1358;
  const frameBytes = lengthBytes + HEADERS_BYTES;
  const burstBytes = mbit * MBIT_BYTES * 0.1;
  await permit(lab, mbit, burstBytes);
  const receiver = await lab.receive([GROUP]);
  await lab.send("permitted", { group: GROUP, count: 1 }).finished();
  await until(() => receiver.packets(ADDRESS.permitted, GROUP), { what: "the first packet" });
  await receiver.stop();
  const counting = await lab.receive([GROUP]);
  const packetsPerSecond = Math.round((EXCESS * mbit * MBIT_BYTES) / frameBytes);
  const count = Math.round(packetsPerSecond * seconds);
  await lab.send("permitted", { group: GROUP, packetsPerSecond, count, lengthBytes }).finished();
  await lab.drain();
  const flow = await counting.flow(ADDRESS.permitted, GROUP);
  await counting.stop();
  const passedBytes = flow.packets * frameBytes;
  return {
    passedMbit: (passedBytes - burstBytes) / flow.seconds / MBIT_BYTES,
    offeredMbit: (count * frameBytes) / flow.seconds / MBIT_BYTES,
    passedPackets: flow.packets,
    allowedPackets: (flow.seconds * mbit * MBIT_BYTES + burstBytes) / frameBytes + 1,
  };
}

async function permit(lab: Lab, mbit: number, burstBytes: number): Promise<void> {
  const peer = new V1Peer(lab);
  await peer.permitSentinels();
  await peer.stop();
  const limits = ["--rate", `${mbit}Mbit`, "--burst", String(burstBytes)];
  await musersctl(lab, "add", ADDRESS.permitted, GROUP, "64", ...limits);
}
