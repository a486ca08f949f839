/** The service that is measured: a real one, with a data folder of its own that does not outlive it, and direct access to its database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { startBough, type Bough } from '../../src/embedded/bough.js';
import { createDataSource } from '../../src/store/data-source.js';

export interface MeasuredService {
  readonly bough: Bough;
  readonly dataSource: DataSource;
  readonly projectId: string;
  /** Headers of a request that is allowed. */
  readonly headers: Record<string, string>;
  /** A figure that the API says of itself at /metrics. */
  figure: (name: string) => Promise<number>;
  stop: () => Promise<void>;
}

/** As `npm start` does it, but for the sync of each commit to the disk: what is measured is not the disk. */
export async function startService(log: (line: string) => void): Promise<MeasuredService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bough-bench-service-'));
  const remove = () => rm(dataDir, { recursive: true, force: true });
  try {
    const bough = await startBough({
      dataDir,
      host: '127.0.0.1',
      port: 0,
      shutdownTimeoutS: 20,
      durable: false,
      env: { BLOB_DIR: '', NODE_ENV: 'production', MAX_UPLOAD_BYTES: String(2 ** 32) },
      log,
    });
    const dataSource = await createDataSource(bough.databaseUrl).initialize();
    const [key] = await dataSource.query<{ project_id: string }[]>('SELECT project_id FROM api_keys');
    return {
      bough,
      dataSource,
      projectId: key!.project_id,
      headers: { authorization: `Bearer ${bough.apiKey}` },
      figure: (name) => figure(bough.url, name),
      stop: async () => {
        await dataSource.destroy();
        await bough.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function figure(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? [];
  if (value === undefined) throw new Error(`/metrics does not say ${name}`);
  return Number(value);
}
