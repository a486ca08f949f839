/** Copies a text, and says that it has. */
import { useState } from 'react';
import { Button } from './button.tsx';

export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = () => {
    // Not there on pages that came over plain http from another machine.
    const { clipboard } = navigator as Partial<Navigator>;
    const copied = clipboard ? clipboard.writeText(text) : Promise.reject(new Error('no clipboard'));
    copied.then(
      () => setSaid('Copied'),
      () => setSaid(clipboard ? 'Not allowed here' : 'Not over plain http'),
    );
    setTimeout(() => setSaid(null), 1500);
  };
  return (
    <Button kind="quiet" onClick={copy}>
      <span aria-live="polite">{said ?? label}</span>
    </Button>
  );
}
