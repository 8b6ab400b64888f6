// SPDX-License-Identifier: MIT
import { Notifications } from "@mantine/notifications";
import { assertNever } from "../state/assert-never.ts";
import type { DialogRequest } from "./dialogs.tsx";
import { EditDialog } from "./edit-dialog.tsx";
import { ManualDialog } from "./manual-dialog.tsx";
import { PermitDialog } from "./permit-dialog.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";

export interface DialogProps<Kind extends DialogRequest["kind"]> {
  readonly request: Extract<DialogRequest, { kind: Kind }>;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

interface RequestDialogProps {
  readonly request: DialogRequest;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** The dialog for a request, and the toasts that tell its outcome: neither is needed before the first decision. */
export function Dialog(props: RequestDialogProps & { id: number }) {
  const { id, ...rest } = props;
  return (
    <>
      <Notifications position="bottom-right" limit={4} />
      <RequestDialog key={id} {...rest} />
    </>
  );
}

function RequestDialog(props: RequestDialogProps) {
  const { request, ...rest } = props;
  switch (request.kind) {
    case "permit":
      return <PermitDialog request={request} {...rest} />;
    case "edit":
      return <EditDialog request={request} {...rest} />;
    case "manual":
      return <ManualDialog {...rest} />;
    case "revoke":
      return <RevokeDialog request={request} {...rest} />;
    default:
      return assertNever(request);
  }
}
