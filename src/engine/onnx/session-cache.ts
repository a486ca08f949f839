/** Compiled sessions, one for each use of a model. */
import type { Node } from '../graph/node.js';
import { Session, type SessionOptions } from './session.js';

interface Slot {
  variant: string;
  session: Promise<Session<string>>;
}

export class SessionCache {
  private readonly slots = new Map<string, Slot>();

  constructor(private readonly options: SessionOptions) {}

  /** The session of a slot. A graph of another variant takes the place of the one before, whose memory is given back. */
  async get(slot: string, variant: string, graph: () => Record<string, Node>): Promise<Session<string>> {
    const held = this.slots.get(slot);
    if (held?.variant === variant) return held.session;
    this.slots.delete(slot);
    if (held) await (await held.session).release();
    const session = Session.create(graph(), this.options);
    this.slots.set(slot, { variant, session });
    return session;
  }

  async release(): Promise<void> {
    for (const { session } of this.slots.values()) await (await session).release();
    this.slots.clear();
  }
}
