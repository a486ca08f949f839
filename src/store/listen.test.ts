import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Listener } from './listen.js';

test('a listener that is closed while it connects leaves no connection behind', async () => {
  const mute = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const listener = new Listener(`postgres://user:password@127.0.0.1:${port}/database`, 'channel', () => undefined);
  void listener.listen();
  const [socket] = (await once(mute, 'connection')) as [Socket];
  await Promise.all([once(socket, 'close'), listener.close()]);
  const connections = new Promise<number>((resolve) => mute.getConnections((_, count) => resolve(count)));
  expect(await connections).toBe(0);
  mute.close();
});
