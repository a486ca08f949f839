/** A checkpoint: the run it is of, its files, its exports. */
import { useCheckpoint } from '../../api/models.ts';
import { bytes, figure, fullTime } from '../../format/figures.ts';
import { Copy } from '../../ui/copy.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Loading } from '../../ui/loading.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Reference } from '../../ui/reference.tsx';
import { Stat } from '../../ui/stat.tsx';
import { archiveCommand } from '../run/checkpoints.tsx';
import { Download } from './download.tsx';
import { Exports } from './exports.tsx';
import { Files } from './files.tsx';

export function CheckpointView({ id }: { id: string }) {
  const { data: checkpoint, error } = useCheckpoint(id);
  if (error) return <ErrorBox error={error} />;
  if (!checkpoint) return <Loading what="the checkpoint" />;
  const { step, kind, metrics, files } = checkpoint;
  return (
    <>
      <PageHead
        title={`Checkpoint after step ${step}`}
        trail={[
          ['Runs', '/runs'],
          ['Run', `/runs/${checkpoint.run_id}`],
        ]}
        beside={<span className="small faint mono">{id}</span>}
        actions={<Copy label="Copy curl for all files" text={archiveCommand(id)} />}
      />
      <dl className="stats">
        <Stat
          label="Run"
          value={<Reference id={checkpoint.run_id} />}
          note={checkpoint.final ? 'its last checkpoint' : undefined}
        />
        <Stat label="Holds" value={kind === 'training' ? 'Weights and optimiser' : 'Weights'} />
        <Stat label="Reward" value={figure(metrics['reward/mean'])} note="of the step before" />
        <Stat label="Size" value={bytes(checkpoint.size_bytes)} note={`written ${fullTime(checkpoint.created_at)}`} />
      </dl>
      <Exports model={id} />
      <Files files={files} action={(file) => <Download owner={id} file={file} />} />
    </>
  );
}
