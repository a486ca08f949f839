/** One conversation, and with whom it is. */
import type { Conversation } from '../../api/chat.ts';
import { ErrorBox } from '../../ui/error-box.tsx';
import { LongText } from '../../ui/long-text.tsx';

export interface TurnsProps {
  readonly conversation: Conversation;
  readonly model: string;
  readonly label: string;
  readonly onModel: (id: string) => void;
}

/** What is said of an answer that did not end by itself. */
const endings: Readonly<Record<string, string>> = {
  length: 'cut at the limit of tokens',
  tool_calls: 'a tool was called, of which there are none here',
};

export function Turns({ conversation: { turns, isWriting, error }, model, label, onModel }: TurnsProps) {
  return (
    <section className="card chat" aria-label={`Conversation, ${label.toLowerCase()}`}>
      <label className="field">
        <span className="field-label">{label}</span>
        <input
          className="input mono"
          list="chat-models"
          placeholder="mdl_… or ckpt_…"
          value={model}
          onChange={({ target }) => onModel(target.value)}
        />
      </label>
      {turns.length === 0 && !error && (
        <p className="muted small chat-empty">The first answer takes some seconds: a worker loads the model for it.</p>
      )}
      <ol className="turns" aria-live="polite" aria-busy={isWriting}>
        {turns.map(({ role, content, finishReason }, i) => (
          <li key={i} className={`turn turn-${role}`}>
            <span className="turn-role">{role}</span>
            {content === '' && isWriting ? <span className="muted">…</span> : <LongText text={content} />}
            {finishReason && endings[finishReason] && <span className="small faint">{endings[finishReason]}</span>}
          </li>
        ))}
      </ol>
      {error !== null && <ErrorBox error={error} />}
    </section>
  );
}
