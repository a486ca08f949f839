/** A model: its card, its files, its exports. */
import { useModel } from '../../api/models.ts';
import { bytes, compact, count } from '../../format/figures.ts';
import { ErrorBox } from '../../ui/error-box.tsx';
import { JsonDocument } from '../../ui/json-document.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { Stat } from '../../ui/stat.tsx';
import { Status } from '../../ui/status.tsx';
import { Exports } from './exports.tsx';
import { Files } from './files.tsx';
import { sourceOf } from './source.ts';

export function ModelView({ id }: { id: string }) {
  const { data: model, error } = useModel(id);
  if (error) return <ErrorBox error={error} />;
  if (!model) return <Loading what="the model" />;
  return (
    <>
      <PageHead
        title={safeText(model.name === id ? 'Unnamed' : model.name)}
        trail={[['Models', '/models']]}
        beside={
          <>
            <Status value={model.status} />
            <span className="small faint mono">{id}</span>
          </>
        }
      />
      {model.error && (
        <Notice level="error">
          <b>{model.error.code}</b> {safeText(model.error.message)}
        </Notice>
      )}
      {model.waiting_for && <Notice level="warn">{safeText(model.waiting_for)}</Notice>}
      {model.warnings.map((warning) => (
        <Notice key={warning} level="warn">
          {safeText(warning)}
        </Notice>
      ))}
      <dl className="stats">
        <Stat label="From" value={safeText(model.source.type)} note={safeText(sourceOf(model.source))} />
        <Stat
          label="Parameters"
          value={model.parameters === null ? '…' : compact(model.parameters)}
          note={model.dtype ?? undefined}
        />
        <Stat label="Family" value={model.architecture?.family ?? '…'} note={shapeOf(model.architecture)} />
        <Stat label="Context" value={model.context_length === null ? '…' : count(model.context_length)} note="tokens" />
        <Stat
          label="Vocabulary"
          value={model.vocab_size === null ? '…' : count(model.vocab_size)}
          note={model.has_chat_template === false ? 'no chat template' : 'with a chat template'}
        />
        <Stat
          label="Size"
          value={model.size_bytes === null ? '…' : bytes(model.size_bytes)}
          note={`${model.files.length} files`}
        />
      </dl>
      {model.status === 'ready' && (
        <>
          <Exports model={id} />
          <Files files={model.files} />
        </>
      )}
      {model.architecture && <JsonDocument title="Architecture" value={model.architecture} />}
    </>
  );
}

function shapeOf(architecture: { layers: number; hidden_size: number; heads: number } | null): string | undefined {
  if (!architecture) return undefined;
  return `${architecture.layers} layers of ${architecture.hidden_size}, ${architecture.heads} heads`;
}
