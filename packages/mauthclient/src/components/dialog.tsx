// SPDX-License-Identifier: MIT
import { assertNever } from "../state/assert-never.ts";
import type { DialogRequest } from "./dialogs.tsx";
import { EditDialog } from "./edit-dialog.tsx";
import { ManualDialog } from "./manual-dialog.tsx";
import { ModeDialog } from "./mode-dialog.tsx";
import { MrouterDialog, RemoveMrouterDialog } from "./mrouter-dialog.tsx";
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

/** The dialog for a request; each opening is another one. */
export function Dialog({ id, ...rest }: RequestDialogProps & { id: number }) {
  return <RequestDialog key={id} {...rest} />;
}

function RequestDialog(props: RequestDialogProps) {
  const { request, ...rest } = props;
  switch (request.kind) {
    case "permit":
      return <PermitDialog request={request} {...rest} />;
    case "edit":
      return <EditDialog request={request} {...rest} />;
    case "manual":
      return <ManualDialog request={request} {...rest} />;
    case "revoke":
      return <RevokeDialog request={request} {...rest} />;
    case "mode":
      return <ModeDialog request={request} {...rest} />;
    case "mrouter":
      return <MrouterDialog request={request} {...rest} />;
    case "removeMrouter":
      return <RemoveMrouterDialog request={request} {...rest} />;
    default:
      return assertNever(request);
  }
}
