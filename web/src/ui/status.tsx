/** A state as a coloured word: the colour says nothing that the word does not. */

/** States are open: those that are not known look neutral. */
const tones: Readonly<Record<string, string>> = {
  queued: 'wait',
  preparing: 'busy',
  running: 'busy',
  recovering: 'warn',
  pausing: 'wait',
  paused: 'wait',
  cancelling: 'wait',
  processing: 'busy',
  succeeded: 'good',
  ready: 'good',
  online: 'good',
  failed: 'bad',
  offline: 'bad',
  cancelled: 'off',
};

export function Status({ value }: { value: string }) {
  return <span className={`status status-${tones[value] ?? 'off'}`}>{value}</span>;
}
