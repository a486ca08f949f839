/** Where contenders are measured: processes that live through a benchmark, or one for each measurement. Decides no order and compares nothing. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Contender, Sample, Side } from './benchmarks.js';
import { LoadWatch, type Load } from './load-watch.js';
import type { Peer } from './peer.js';
import type { PrepareRequest } from './protocol.js';

export type StartPeer = (side: Side) => Peer;

export interface Arena {
  measure(contender: Contender): Promise<Sample>;
  /** During the measurements so far. */
  readonly load: Load;
  close(): Promise<void>;
}

/** Threads that spin while they wait for more work have gone to sleep by then. */
const SETTLE_MS = 100;

/** Both sides are loaded once and then take turns. */
export class SharedArena implements Arena {
  private readonly watch = new LoadWatch();

  private constructor(private readonly peers: { readonly [S in Side]: Peer }) {}

  static async open(start: StartPeer, prepare: PrepareRequest): Promise<SharedArena> {
    const arena = new SharedArena({ ours: start('ours'), pytorch: start('pytorch') });
    try {
      for (const peer of Object.values(arena.peers)) await peer.ask(prepare);
    } catch (error) {
      await arena.close();
      throw error;
    }
    return arena;
  }

  get load(): Load {
    return this.watch.load;
  }

  async measure({ side, request }: Contender): Promise<Sample> {
    await wait(SETTLE_MS);
    const { [side]: working, ...others } = this.peers;
    return this.watch.during(working, Object.values(others), () => working.ask({ cmd: 'measure', ...request }));
  }

  async close(): Promise<void> {
    for (const peer of Object.values(this.peers)) await peer.close();
  }
}

/** Nothing but the measured process exists. It does the work once before, so that what is made at first use is not timed; its memory counts throughout. */
export class FreshArena implements Arena {
  private readonly watch = new LoadWatch();

  constructor(
    private readonly start: StartPeer,
    private readonly prepare: PrepareRequest,
  ) {}

  get load(): Load {
    return this.watch.load;
  }

  async measure({ side, request }: Contender): Promise<Sample> {
    const peer = this.start(side);
    try {
      await peer.ask(this.prepare);
      await peer.ask({ cmd: 'measure', ...request });
      const sample = await this.watch.during(peer, [], () => peer.ask({ cmd: 'measure', ...request }));
      const { bytes } = await peer.ask({ cmd: 'peak' });
      return { ...sample, peak_bytes: bytes };
    } finally {
      await peer.close();
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
