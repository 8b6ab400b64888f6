// SPDX-License-Identifier: MIT
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

/** The dialog for a request. */
export function Dialog(props: { request: DialogRequest; isOpen: boolean; onClose: () => void }) {
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
