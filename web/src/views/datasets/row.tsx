/** A row of a dataset, whole. */
import type { DatasetExample } from '../../api/datasets.ts';
import { DetailDialog } from '../../ui/detail-dialog.tsx';

export function Row({ example, onClose }: { example: DatasetExample; onClose: () => void }) {
  return (
    <DetailDialog
      title={`Row ${example.index}, line ${example.line} of the file`}
      text={JSON.stringify(example.data, null, 2)}
      onClose={onClose}
    />
  );
}
