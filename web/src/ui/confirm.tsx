/** A button whose deed is confirmed first. */
import { AlertDialog } from '@base-ui/react/alert-dialog';
import type { ReactNode } from 'react';
import { Button, type ButtonProps } from './button.tsx';

export interface ConfirmProps {
  readonly label: string;
  readonly kind?: ButtonProps['kind'];
  readonly title: string;
  readonly children: ReactNode;
  readonly disabled?: boolean;
  readonly onConfirm: () => void;
}

export function Confirm({ label, kind, title, children, disabled = false, onConfirm }: ConfirmProps) {
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger render={<Button kind={kind ?? 'plain'} disabled={disabled} />}>{label}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text" render={<div />}>
            {children}
          </AlertDialog.Description>
          <div className="dialog-buttons">
            <AlertDialog.Close render={<Button />}>Leave it</AlertDialog.Close>
            <AlertDialog.Close render={<Button kind={kind === 'danger' ? 'danger' : 'primary'} onClick={onConfirm} />}>
              {label}
            </AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
