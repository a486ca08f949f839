/** Says on the live line how much of a file has been uploaded. */
import { percent } from '../terminal/figures.js';
import type { Screen } from '../terminal/screen.js';

const MEGABYTE = 1_000_000;

export function uploading(screen: Screen, file: string): (sent: number, total: number | null) => void {
  screen.live(`Uploading ${file}`);
  return (sent, total) => {
    const done = total ? percent(sent / total) : `${(sent / MEGABYTE).toFixed(1)} MB`;
    screen.live(`Uploading ${file}: ${done}`);
  };
}
