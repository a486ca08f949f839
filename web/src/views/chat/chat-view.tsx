/** Talks with a model or a checkpoint, or with two that are asked the same. What was said is nowhere but in this view. */
import { useState, type FormEvent, type KeyboardEvent } from 'react';
import { useConversation } from '../../api/chat.ts';
import { useModels } from '../../api/models.ts';
import { Button } from '../../ui/button.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Turns } from './turns.tsx';

const numberIn = (text: string) => (text.trim() === '' ? null : Number(text));

export function ChatView({ first = '' }: { first?: string }) {
  const [models, setModels] = useState<readonly [string, string]>([first, '']);
  const [isPair, setPair] = useState(false);
  const [system, setSystem] = useState('');
  const [question, setQuestion] = useState('');
  const [temperature, setTemperature] = useState('1');
  const [maxTokens, setMaxTokens] = useState('512');
  const [seed, setSeed] = useState('');
  const known = useModels();
  const [left, right] = [useConversation(models[0].trim()), useConversation(models[1].trim())];
  const shown = isPair ? [left, right] : [left];
  const isWriting = shown.some((one) => one.isWriting);
  const isReady = models.slice(0, shown.length).every((id) => /^(mdl|ckpt)_/.test(id.trim())) && question.trim() !== '';

  const ask = (event?: FormEvent) => {
    event?.preventDefault();
    if (!isReady || isWriting) return;
    const sampling = { temperature: numberIn(temperature), max_tokens: numberIn(maxTokens), seed: numberIn(seed) };
    for (const one of shown) void one.ask(question, system.trim(), sampling);
    setQuestion('');
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      ask();
    }
  };
  const choose = (place: 0 | 1) => (id: string) => setModels(place === 0 ? [id, models[1]] : [models[0], id]);
  const clear = () => shown.forEach((one) => one.clear());

  return (
    <>
      <PageHead
        title="Chat"
        actions={
          <>
            <Button onClick={() => setPair(!isPair)} aria-pressed={isPair}>
              {isPair ? 'One model' : 'Two side by side'}
            </Button>
            <Button disabled={shown.every(({ turns }) => turns.length === 0)} onClick={clear}>
              Begin again
            </Button>
          </>
        }
      />
      <datalist id="chat-models">
        {(known.items ?? []).map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
      <div className="chat-settings">
        <label className="field chat-system">
          <span className="field-label">System message</span>
          <input className="input" value={system} onChange={({ target }) => setSystem(target.value)} />
        </label>
        <NumberField label="Temperature" value={temperature} onChange={setTemperature} min={0} max={10} step="any" />
        <NumberField label="Max tokens" value={maxTokens} onChange={setMaxTokens} min={1} step={1} />
        <NumberField label="Seed" value={seed} onChange={setSeed} min={0} step={1} placeholder="random" />
      </div>
      <div className={isPair ? 'chats chats-pair' : 'chats'}>
        {shown.map((one, place) => (
          <Turns
            key={place}
            conversation={one}
            model={models[place] ?? ''}
            label={isPair ? (place === 0 ? 'Left model' : 'Right model') : 'Model'}
            onModel={choose(place === 0 ? 0 : 1)}
          />
        ))}
      </div>
      <form className="chat-ask" onSubmit={ask}>
        <textarea
          className="input"
          rows={2}
          aria-label="Message"
          placeholder="Message; Enter sends it, Shift and Enter begin a line"
          value={question}
          onChange={({ target }) => setQuestion(target.value)}
          onKeyDown={onKey}
        />
        {isWriting ? (
          <Button onClick={() => shown.forEach((one) => one.stop())}>Stop</Button>
        ) : (
          <Button kind="primary" type="submit" disabled={!isReady}>
            Send
          </Button>
        )}
      </form>
    </>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly min: number;
  readonly max?: number;
  readonly step: number | 'any';
  readonly placeholder?: string;
}

function NumberField({ label, onChange, ...others }: NumberFieldProps) {
  return (
    <label className="field">
      <span className="field-label">{label}</span>
      <input className="input" type="number" onChange={({ target }) => onChange(target.value)} {...others} />
    </label>
  );
}
