/** A row of a dataset, whole. */
import { Dialog } from '@base-ui/react/dialog';
import type { DatasetExample } from '../../api/datasets.ts';
import { Button } from '../../ui/button.tsx';
import { LongText } from '../../ui/long-text.tsx';

export function Row({ example, onClose }: { example: DatasetExample; onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog dialog-wide">
          <Dialog.Title className="dialog-title">
            Row {example.index}, line {example.line} of the file
          </Dialog.Title>
          <div className="dialog-scroll">
            <LongText text={JSON.stringify(example.data, null, 2)} />
          </div>
          <div className="dialog-buttons">
            <Dialog.Close render={<Button />}>Close</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
