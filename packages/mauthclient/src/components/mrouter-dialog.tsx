// SPDX-License-Identifier: MIT
import { Group, NativeSelect, Text, TextInput } from "@mantine/core";
import { type Mrouter, MrouterInput } from "@mauth/protocol/api";
import { useState } from "react";
import { useHindrance } from "../state/context.tsx";
import { texts } from "../texts/texts.ts";
import { DialogFrame } from "./dialog-frame.tsx";
import type { DialogProps } from "./dialog.tsx";
import { useChange } from "./use-change.ts";
import { useSeen } from "./use-seen.ts";

interface Fields {
  readonly name: string;
  readonly address: string;
  readonly protocol: "v1" | "v2";
  readonly networks: string;
  readonly key: string;
}

const { shape } = MrouterInput;

/** Adds an mrouter, or changes how it is reached and whose hosts it judges. */
export function MrouterDialog({ request, isOpen, onClose }: DialogProps<"mrouter">) {
  const { mrouter } = request;
  const [fields, setFields] = useState<Fields>({
    name: mrouter?.name ?? "",
    address: mrouter?.address ?? "",
    protocol: mrouter?.protocol ?? "v2",
    networks: mrouter?.networks.join(", ") ?? "",
    key: "",
  });
  // Errors are shown after the first attempt, not while somebody still types.
  const [isTried, setIsTried] = useState(false);
  const { run, progress } = useChange();
  const path = mrouter === undefined ? null : pathOf(mrouter);
  const seen = useSeen(path, mrouter && { address: mrouter.address, networks: mrouter.networks });
  const hindrance = useHindrance("admin");
  const set = (part: Partial<Fields>): void => setFields({ ...fields, ...part });
  const input = inputOf(fields);
  const isValid = {
    name: shape.name.safeParse(input.name).success,
    address: shape.address.safeParse(input.address).success,
    networks: shape.networks.safeParse(input.networks).success,
    key: shape.key.safeParse(input.key).success,
  };
  const submit = async (): Promise<void> => {
    setIsTried(true);
    if (!Object.values(isValid).every(Boolean)) return;
    const { name, ...patch } = input;
    const reply =
      path === null
        ? await run({
            method: "POST",
            path: "/mrouters",
            body: input,
            what: name,
            done: texts.mrouterDialog.added(name),
          })
        : await run({
            method: "PATCH",
            path,
            body: patch,
            ifMatch: await seen.ifMatch(),
            what: name,
            done: texts.mrouterDialog.changed(name),
          });
    if (!seen.isOutdated(reply) && reply.outcome === "ok") onClose();
  };
  const { labels, hints, errors } = texts.mrouterDialog;
  const textField = (name: "name" | "address" | "networks" | "key", isDisabled = false) => (
    <TextInput
      label={labels[name]}
      description={hints[name]}
      disabled={isDisabled}
      value={fields[name]}
      error={isTried && !isValid[name] && errors[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
  return (
    <DialogFrame
      title={mrouter === undefined ? texts.mrouterDialog.add : texts.mrouterDialog.edit(mrouter.name)}
      isOpen={isOpen}
      onClose={onClose}
      hindrance={hindrance}
      submit={{ label: texts.permitDialog.save, onSubmit: submit }}
      progress={progress}
      meanwhile={seen.meanwhile}
    >
      {textField("name", mrouter !== undefined)}
      <Group gap="sm" align="flex-start" grow>
        {textField("address")}
        <NativeSelect
          label={texts.mrouters.protocol}
          description={hints.protocol}
          value={fields.protocol}
          data={["v2", "v1"]}
          onChange={(event) => set({ protocol: event.currentTarget.value === "v1" ? "v1" : "v2" })}
        />
      </Group>
      {textField("networks")}
      {fields.protocol === "v2" && textField("key")}
      {fields.protocol === "v1" && (
        <Text size="xs" c="dimmed">
          {texts.mrouterDialog.v1Hint}
        </Text>
      )}
    </DialogFrame>
  );
}

function pathOf({ id }: Mrouter): string {
  return `/mrouters/${encodeURIComponent(id)}`;
}

function inputOf({ name, address, protocol, networks, key }: Fields): MrouterInput {
  return {
    name: name.trim(),
    address: address.trim(),
    protocol,
    networks: networks.split(/[\s,]+/).filter(Boolean),
    ...(key.trim() === "" || protocol === "v1" ? {} : { key: key.trim() }),
  };
}

/** Removes an mrouter: mauth no longer speaks to it, and its filter goes on with what it has. */
export function RemoveMrouterDialog({ request, isOpen, onClose }: DialogProps<"removeMrouter">) {
  const { name } = request.mrouter;
  const { run, progress } = useChange();
  const path = pathOf(request.mrouter);
  const seen = useSeen(path);
  const hindrance = useHindrance("admin");
  const submit = async (): Promise<void> => {
    const done = texts.mrouterDialog.removed(name);
    const reply = await run({ method: "DELETE", path, what: name, done, ifMatch: await seen.ifMatch() });
    if (!seen.isOutdated(reply) && reply.outcome === "ok") onClose();
  };
  return (
    <DialogFrame
      title={texts.mrouterDialog.remove(name)}
      isOpen={isOpen}
      onClose={onClose}
      hindrance={hindrance}
      submit={{ label: texts.remove, isDanger: true, onSubmit: submit }}
      progress={progress}
      meanwhile={seen.meanwhile}
    >
      <Text size="sm">{texts.mrouterDialog.removeLead}</Text>
    </DialogFrame>
  );
}
