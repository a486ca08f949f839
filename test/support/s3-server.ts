/** A server that speaks the protocol of S3 and keeps its buckets in memory: Moto's, as a process of its own on this machine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { pinnedPython } from '../../bench/harness/python.js';
import { freePort } from '../../src/embedded/free-port.js';

/** Of importing the package, which takes seconds. */
const START_LIMIT_MS = 90_000;

export class S3Server {
  /** For the process that talks to it. */
  static readonly env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bough',
    AWS_SECRET_ACCESS_KEY: 'bough',
  } as const;

  private constructor(
    private readonly child: ChildProcess,
    readonly endpoint: string,
    readonly client: S3Client,
  ) {}

  /** @throws {PythonError} where the package cannot be installed */
  static async open(...buckets: string[]): Promise<S3Server> {
    const interpreter = await pinnedPython(join(import.meta.dirname, '..', 's3', 'requirements.txt'), console.log);
    const port = await freePort();
    const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
    const child = spawn(interpreter, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const endpoint = `http://127.0.0.1:${port}`;
    for await (const line of createInterface({ input: child.stderr, signal: AbortSignal.timeout(START_LIMIT_MS) })) {
      if (line.includes('Running on')) break;
    }
    child.stderr.resume();
    const credentials = {
      accessKeyId: S3Server.env.AWS_ACCESS_KEY_ID,
      secretAccessKey: S3Server.env.AWS_SECRET_ACCESS_KEY,
    };
    const client = new S3Client({ endpoint, forcePathStyle: true, region: S3Server.env.AWS_REGION, credentials });
    for (const Bucket of buckets) await client.send(new CreateBucketCommand({ Bucket }));
    return new S3Server(child, endpoint, client);
  }

  async stop(): Promise<void> {
    this.client.destroy();
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
