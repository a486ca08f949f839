/** Says why something could not be read or done, and how to ask about it. */
import { BoughError } from '../api/api.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

export function messageOf(error: unknown): string {
  if (error instanceof BoughError) return error.message;
  if (error instanceof TypeError) return 'The service cannot be reached. It is tried again as soon as it answers.';
  return error instanceof Error ? error.message : String(error);
}

export function ErrorBox({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const request = error instanceof BoughError ? error.requestId : null;
  return (
    <Notice level="error">
      <p>{messageOf(error)}</p>
      {request !== null && <p className="small muted mono">request {request}</p>}
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </Notice>
  );
}
