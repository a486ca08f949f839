/** Compiled sessions, one for each use of a model. */
import type { Node } from '../graph/node.js';
import type { Device, DeviceMemory, KeepingSession, Session } from './device.js';

type Graph = () => Record<string, Node>;

interface CachedSession<S> {
  variant: string;
  session: Promise<S>;
}

export class SessionCache {
  private readonly sessions = new Map<string, CachedSession<Session<string>>>();
  private readonly keeping = new Map<string, CachedSession<KeepingSession>>();

  constructor(readonly device: Device) {}

  /** The session of a name. A graph of another variant takes the place of the one before, whose memory is given back. */
  get(name: string, variant: string, graph: Graph): Promise<Session<string>> {
    return cached(this.sessions, name, variant, () => this.device.compile(graph()));
  }

  /** The same, with the outputs that `keeps` holds for left in the device's memory. */
  getKeeping(
    memory: DeviceMemory,
    name: string,
    variant: string,
    graph: Graph,
    keeps: (output: string) => boolean,
  ): Promise<KeepingSession> {
    return cached(this.keeping, name, variant, () => {
      const outputs = graph();
      return memory.compile(outputs, Object.keys(outputs).filter(keeps));
    });
  }

  async release(): Promise<void> {
    for (const sessions of [this.sessions, this.keeping]) {
      for (const { session } of sessions.values()) await (await session).release();
      sessions.clear();
    }
  }
}

async function cached<S extends { release: () => Promise<void> }>(
  sessions: Map<string, CachedSession<S>>,
  name: string,
  variant: string,
  compile: () => Promise<S>,
): Promise<S> {
  const held = sessions.get(name);
  if (held?.variant === variant) return held.session;
  sessions.delete(name);
  if (held) await (await held.session).release();
  const session = compile();
  sessions.set(name, { variant, session });
  return session;
}
