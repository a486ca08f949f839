/** One thing of a list, whole, over the page. Open for as long as it is there. */
import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { LongText } from './long-text.tsx';

export interface DetailDialogProps {
  title: ReactNode;
  /** What is known of it, above its text. */
  children?: ReactNode;
  /** May be long, and somebody else's. */
  text: string;
  onClose: () => void;
}

export function DetailDialog({ title, children, text, onClose }: DetailDialogProps) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog dialog-wide">
          <Dialog.Title className="dialog-title">{title}</Dialog.Title>
          {children}
          <div className="dialog-scroll">
            <LongText text={text} />
          </div>
          <div className="dialog-buttons">
            <Dialog.Close render={<Button />}>Close</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
