/** Who used the processors while one side was measured: those who should have been idle, and strangers. Measures no work. */
import { cpus } from 'node:os';
import type { Peer } from './peer.js';

/** Shares of one processor; null where the system does not tell. */
export interface Load {
  /** By the sides that waited. */
  idle: number | null;
  /** By other processes of the machine. */
  other: number | null;
}

export class LoadWatch {
  private wall = 0;
  private idle: number | null = 0;
  private all = 0;
  private own: number | null = 0;

  /** What all peers and all processors did during `measure` is added up. */
  async during<T>(working: Peer, waiting: readonly Peer[], measure: () => Promise<T>): Promise<T> {
    const before = { wall: performance.now(), idle: used(waiting), own: used([working]), all: busySeconds() };
    const result = await measure();
    this.wall += (performance.now() - before.wall) / 1000;
    this.idle = sum(this.idle, difference(used(waiting), before.idle));
    this.own = sum(this.own, difference(used([working]), before.own));
    this.all += busySeconds() - before.all;
    return result;
  }

  get load(): Load {
    if (this.idle === null || this.own === null || this.wall === 0) return { idle: null, other: null };
    return { idle: this.idle / this.wall, other: Math.max(0, this.all - this.idle - this.own) / this.wall };
  }
}

function used(peers: readonly Peer[]): number | null {
  return peers.reduce((total: number | null, peer) => sum(total, peer.cpuSeconds()), 0);
}

/** Processor time of the whole machine. */
function busySeconds(): number {
  return cpus().reduce((total, { times }) => total + times.user + times.nice + times.sys + times.irq, 0) / 1000;
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}
