/** Copies a text, and says that it has. */
import { useState } from 'react';
import { Button } from './button.tsx';

export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Not allowed here'),
    );
    setTimeout(() => setSaid(null), 1500);
  };
  return (
    <Button kind="quiet" onClick={copy}>
      <span aria-live="polite">{said ?? label}</span>
    </Button>
  );
}
