/** Stands before a server and is an outage of it when told: connections are lost and none is taken, or all are silent. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private isSilent = false;

  private constructor(
    private server: Server,
    private readonly port: number,
    readonly url: string,
  ) {}

  /** @param url of the server; the proxy's own differs in host and port only. @param at its port; 0 takes a free one */
  static async before(url: string, at = 0, host = '127.0.0.1'): Promise<TcpProxy> {
    const server = createServer();
    server.listen(at, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const own = new URL(url);
    own.hostname = host;
    own.port = String(port);
    const proxy = new TcpProxy(server, port, own.href);
    server.on('connection', (socket) => proxy.forward(socket, new URL(url)));
    return proxy;
  }

  private forward(socket: Socket, { hostname, port }: URL): void {
    const target = connect(Number(port), hostname);
    for (const [from, to] of [
      [socket, target],
      [target, socket],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (chunk) => to.write(chunk));
      if (this.isSilent) from.pause();
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }

  /** Connections stay, new ones are taken, and nothing goes over any of them. */
  fallSilent(): void {
    this.isSilent = true;
    for (const socket of this.sockets) socket.pause();
  }

  speakAgain(): void {
    this.isSilent = false;
    for (const socket of this.sockets) socket.resume();
  }

  /** Every connection is lost, and none is taken. */
  async cut(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async restore(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }
}
