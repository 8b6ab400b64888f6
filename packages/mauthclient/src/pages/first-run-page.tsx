// SPDX-License-Identifier: MIT
import { WayIn } from "../components/way-in.tsx";
import { FirstAccountFields, useFirstAccount } from "../components/first-account.tsx";
import { useGate, useLive } from "../state/context.tsx";
import { texts } from "../texts/texts.ts";

/** Makes the first admin of a mauthserver that nobody may look into yet; its log holds the code. */
export function FirstRunPage() {
  const gate = useGate();
  const live = useLive();
  const account = useFirstAccount({ needsCode: true });
  const make = async () => {
    const reply = await gate.makeFirst(account.value);
    if (reply.outcome === "ok") live.start();
    return reply;
  };
  return (
    <WayIn
      title={texts.access.firstRun}
      lead={texts.access.firstRunLead}
      submit={texts.access.makeFirst}
      isReady={account.isReady}
      onSubmit={make}
    >
      <FirstAccountFields account={account} />
    </WayIn>
  );
}
