/** Compiled sessions, one for each use of a model. */
import type { Node } from '../graph/node.js';
import type { Device, Session } from './device.js';

interface CachedSession {
  variant: string;
  session: Promise<Session<string>>;
}

export class SessionCache {
  private readonly sessions = new Map<string, CachedSession>();

  constructor(private readonly device: Device) {}

  /** The session of a name. A graph of another variant takes the place of the one before, whose memory is given back. */
  async get(name: string, variant: string, graph: () => Record<string, Node>): Promise<Session<string>> {
    const held = this.sessions.get(name);
    if (held?.variant === variant) return held.session;
    this.sessions.delete(name);
    if (held) await (await held.session).release();
    const session = this.device.compile(graph());
    this.sessions.set(name, { variant, session });
    return session;
  }

  async release(): Promise<void> {
    for (const { session } of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }
}
