/** Compiled sessions by name, each compiled once. */
import type { Node } from '../graph/node.js';
import { Session, type SessionOptions } from './session.js';

export class SessionCache {
  private readonly sessions = new Map<string, Promise<Session<string>>>();

  constructor(private readonly options: SessionOptions) {}

  get(key: string, graph: () => Record<string, Node>): Promise<Session<string>> {
    let session = this.sessions.get(key);
    if (!session) this.sessions.set(key, (session = Session.create(graph(), this.options)));
    return session;
  }

  async release(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }
}
