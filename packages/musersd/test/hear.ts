// SPDX-License-Identifier: MIT
/* hear.ts GROUP COUNT: hears a SAP group on lan0 as musersd does, and prints the datagrams as JSON Lines; first a line when it listens. */
import { formatAddress, parseAddress } from "@mauth/protocol/address";
import { openLog } from "../src/log.ts";
import { loadNative } from "../src/native.ts";
import { SapEars } from "../src/server/sap-ears.ts";

const [group = "", count = "1"] = process.argv.slice(2);
const address = parseAddress(group);
if (address === undefined) throw new Error(`${group} is no address`);
const native = loadNative();
const ifindex = native.interfaces()["lan0"] ?? 0;
let left = Number(count);
const ears = new SapEars({
  native,
  groups: [address],
  nowMs: () => performance.now(),
  log: openLog(),
  onDatagram: (datagram) => {
    const text = new TextDecoder().decode(datagram.bytes);
    const addresses = { source: formatAddress(datagram.source), group: formatAddress(datagram.group) };
    process.stdout.write(`${JSON.stringify({ ...addresses, interface: datagram.interface, text })}\n`);
    if (--left === 0) ears.close();
  },
});
ears.follow([{ name: "lan0", ifindex, isAttached: true, isMonitored: false, hasEthernet: true }]);
process.stdout.write('"listening"\n');
