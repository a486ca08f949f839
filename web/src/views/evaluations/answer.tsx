/** One answer of an evaluation, whole. */
import { Dialog } from '@base-ui/react/dialog';
import type { EvaluationItem } from '../../api/evaluations.ts';
import { figure } from '../../format/figures.ts';
import { Button } from '../../ui/button.tsx';
import { LongText } from '../../ui/long-text.tsx';
import { safeText } from '../../ui/safe-text.ts';

export function Answer({ item, onClose }: { item: EvaluationItem; onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog dialog-wide">
          <Dialog.Title className="dialog-title">
            {safeText(item.question?.slice(0, 300) ?? `Example ${item.example}`)}
          </Dialog.Title>
          <dl className="pairs">
            <dt>Answer</dt>
            <dd>{safeText(item.answer?.trim().slice(0, 400) ?? '–')}</dd>
            <dt>Expected</dt>
            <dd>{safeText(item.references?.join(' or ').slice(0, 400) ?? '–')}</dd>
            <dt>Reward</dt>
            <dd>
              {figure(item.reward)}{' '}
              <span className="muted">
                {Object.entries(item.parts)
                  .map(([name, value]) => `${safeText(name)} ${figure(value)}`)
                  .join(', ')}
              </span>
            </dd>
            <dt>Why</dt>
            <dd>{safeText(item.flags.join(', ').slice(0, 600)) || '–'}</dd>
            <dt>Ended by</dt>
            <dd>{item.finish_reason}</dd>
          </dl>
          <div className="dialog-scroll">
            <LongText text={item.response} />
          </div>
          <div className="dialog-buttons">
            <Dialog.Close render={<Button />}>Close</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
