/** Pause, resume, cancel: those that the state allows. */
import { isPossible, useRunAction } from '../../api/run-actions.ts';
import type { Run } from '../../api/runs.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { messageOf } from '../../ui/error-box.tsx';

export function RunActions({ run }: { run: Run }) {
  const { mutate, error, isPending } = useRunAction(run.id);
  return (
    <>
      {error && (
        <span className="small bad" role="alert">
          {messageOf(error)}
        </span>
      )}
      {isPossible('pause', run.status) && (
        <Button disabled={isPending} onClick={() => mutate('pause')}>
          Pause
        </Button>
      )}
      {isPossible('resume', run.status) && (
        <Button kind="primary" disabled={isPending} onClick={() => mutate('resume')}>
          Resume
        </Button>
      )}
      {isPossible('cancel', run.status) && (
        <Confirm
          label="Cancel run"
          kind="danger"
          title="Cancel this run?"
          disabled={isPending}
          onConfirm={() => mutate('cancel')}
        >
          It ends for good. Its checkpoints, metrics and trajectories stay; to go on later, pause it instead.
        </Confirm>
      )}
    </>
  );
}
