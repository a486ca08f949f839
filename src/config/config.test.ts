import { describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.js';
import { loadConfig, loadDatabasePlace, loadDatabaseUrl, loadStartConfig } from './config.js';

const servers = { DATABASE_URL: 'postgres://bough:pw@db:5432/bough', REDIS_URL: 'redis://:pw@cache:6379/2' };

describe('the configuration', () => {
  test('needs only the two servers and is frozen', () => {
    const config = loadConfig({ ...servers, BOUGH_DATA_DIR: '/var/lib/bough' });
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      databaseUrl: servers.DATABASE_URL,
      redisUrl: servers.REDIS_URL,
      dataDir: '/var/lib/bough',
      blobDir: '/var/lib/bough/blobs',
      corsOrigins: [],
      maxUploadBytes: 1_073_741_824,
      workerLeaseS: 15,
    });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.corsOrigins)).toBe(true);
  });

  test('names every bad variable at once, with the remedy, and prints no password', () => {
    const env = {
      DATABASE_URL: 'mysql://root:secret@db/bough',
      PORT: '70000',
      LOG_LEVEL: 'loud',
      CORS_ORIGINS: 'https://a.example/app',
    };
    const error = thrownBy(() => loadConfig(env));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message.split('\n')[0]).toBe(
      'Invalid environment: PORT, DATABASE_URL, REDIS_URL, CORS_ORIGINS, LOG_LEVEL',
    );
    expect(error.message).toContain('PORT is 70000: give a port from 0 to 65535');
    expect(error.message).toContain('REDIS_URL is missing: give redis://');
    expect(error.message).not.toContain('secret');
  });

  test('asks a command that only needs the database for nothing else', () => {
    expect(loadDatabaseUrl({ DATABASE_URL: servers.DATABASE_URL, PORT: 'x' })).toBe(servers.DATABASE_URL);
    expect(() => loadDatabaseUrl({})).toThrow('Invalid environment: DATABASE_URL\n');
    expect(loadDatabasePlace({ BOUGH_DATA_DIR: '/var/lib/bough', LOG_LEVEL: 'loud' })).toEqual({
      databaseUrl: undefined,
      dataDir: '/var/lib/bough',
    });
  });

  test('treats an empty variable as absent', () => {
    expect(loadConfig({ ...servers, PORT: '', LOG_LEVEL: '  ' })).toMatchObject({ port: 3000, logLevel: 'info' });
  });

  test('splits the list of origins', () => {
    const config = loadConfig({ ...servers, CORS_ORIGINS: 'https://a.example, http://localhost:5173' });
    expect(config.corsOrigins).toEqual(['https://a.example', 'http://localhost:5173']);
  });

  test('splits the list of networks', () => {
    const config = loadConfig({ ...servers, ALLOWED_NETWORKS: '127.0.0.0/8, ::1,10.1.2.3' });
    expect(config.allowedNetworks).toEqual(['127.0.0.0/8', '::1', '10.1.2.3']);
  });

  test.each([
    ['s3://blobs', { name: 'blobs', prefix: '' }],
    ['s3://blobs.example/', { name: 'blobs.example', prefix: '' }],
    ['s3://blobs/bough/production', { name: 'blobs', prefix: 'bough/production' }],
  ])('takes %s for a bucket', (BLOB_BUCKET, bucket) => {
    expect(loadConfig({ ...servers, BLOB_BUCKET }).blobBucket).toEqual(bucket);
  });

  test.each([
    [{}, false],
    [{ OTEL_SERVICE_NAME: 'bough' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, false],
    [{ OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, false],
  ])('takes %j as a wish for traces: %j', (variables, tracing) => {
    expect(loadConfig({ ...servers, ...variables })).toMatchObject({ tracing });
  });

  test.each([
    ['BLOB_BUCKET', 'blobs'],
    ['BLOB_BUCKET', 's3://Blobs/../x y'],
    ['ALLOWED_NETWORKS', '10.0.0.0/33'],
    ['ALLOWED_NETWORKS', 'localhost'],
    ['PORT', '3e3'],
    ['PORT', '-1'],
    ['MAX_UPLOAD_BYTES', '1GB'],
    ['WORKER_LEASE_S', '0'],
    ['TRAINER_THREADS', '1.5'],
    ['REDIS_URL', 'localhost:6379'],
    ['HF_ENDPOINT', 'https://user:password@mirror.example'],
    ['HF_ENDPOINT', 'mirror.example'],
    ['JUDGE_BASE_URL', 'judge.example/v1'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_TRACES_EXPORTER', 'zipkin'],
  ])('refuses %s=%s', (name, text) => {
    expect(() => loadConfig({ ...servers, [name]: text })).toThrow(`Invalid environment: ${name}\n`);
  });

  test('of a start may leave the servers to the supervisor, but not misspell them', () => {
    expect(loadStartConfig({})).toMatchObject({ databaseUrl: undefined, redisUrl: undefined });
    expect(() => loadStartConfig({ REDIS_URL: 'http://cache' })).toThrow('Invalid environment: REDIS_URL\n');
  });
});

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}
