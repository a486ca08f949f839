/** What every part of an example's client needs: the service, where to speak, and the user's wish to stop. */
import type { Bough } from 'bough/client';
import type { Screen } from '../../cli/terminal/screen.js';

export interface Client {
  readonly bough: Bough;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}
