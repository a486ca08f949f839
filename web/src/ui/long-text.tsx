/** Text as it is, without letting a megabyte of it stop the page: the rest is shown piece by piece. */
import { useState } from 'react';
import { count } from '../format/figures.ts';
import { Button } from './button.tsx';
import { safeText } from './safe-text.ts';

const FIRST = 3000;
const MORE = 20_000;

export function LongText({ text }: { text: string }) {
  const [shown, setShown] = useState(FIRST);
  return (
    <div className="text">
      {safeText(text.slice(0, shown))}
      {text.length > shown && (
        <Button className="more" onClick={() => setShown(shown + MORE)}>
          {count(text.length - shown)} characters more
        </Button>
      )}
    </div>
  );
}
