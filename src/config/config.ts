/**
 * The settings of every Bough process, read from the environment once and frozen.
 * This file is the only reader of `process.env`; it opens no connection and touches no file.
 */
import { join, resolve } from 'node:path';
import { ConfigError, type BadVariable } from './config-error.js';
import { variables, type VariableName } from './variables.js';

/**
 * | field              | variable             | default          | meaning                                                           |
 * | ------------------ | -------------------- | ---------------- | ----------------------------------------------------------------- |
 * | host               | HOST                 | 127.0.0.1        | address that the API listens on                                   |
 * | port               | PORT                 | 3000             | its TCP port; 0 takes a free one                                  |
 * | publicUrl          | PUBLIC_URL           | (each request's) | address at which agents reach the API, e.g. behind a proxy         |
 * | databaseUrl        | DATABASE_URL         | (embedded)       | PostgreSQL, `postgres://user:password@host:5432/bough`            |
 * | redisUrl           | REDIS_URL            | (embedded)       | Redis or Valkey, `redis://:password@host:6379/0`                  |
 * | dataDir            | BOUGH_DATA_DIR       | .bough           | everything that Bough itself keeps on this machine                |
 * | blobDir            | BLOB_DIR             | <data>/blobs     | uploads and checkpoints; a mount that API and workers share       |
 * | blobBucket         | BLOB_BUCKET          | (none)           | `s3://bucket/prefix`: blobs there, not in BLOB_DIR; AWS_* as usual |
 * | s3Endpoint         | S3_ENDPOINT          | (Amazon's)       | another server that speaks S3's protocol                          |
 * | s3RedirectBytes    | S3_REDIRECT_BYTES    | (none)           | files from this size on are downloaded from the bucket itself     |
 * | corsOrigins        | CORS_ORIGINS         | (none)           | comma-separated browser origins that may call the API, or `*`     |
 * | logLevel           | LOG_LEVEL            | info             | fatal, error, warn, info, debug, trace or silent                  |
 * | secretsKey         | BOUGH_SECRETS_KEY    | (embedded)       | seals projects' secrets: 32 bytes in base64; for API and workers  |
 * | maxUploadBytes     | MAX_UPLOAD_BYTES     | 1073741824       | largest upload in bytes (default 1 GiB)                           |
 * | minUploadBytesPerS | MIN_UPLOAD_BYTES_PER_S | 8192           | slowest an upload may be over half a minute, in bytes a second    |
 * | modelsDir          | MODELS_DIR           | (none)           | folder that models may be taken from; for API and every worker    |
 * | hfEndpoint         | HF_ENDPOINT          | huggingface.co   | the Hugging Face Hub, or a mirror of it                           |
 * | judgeBaseUrl       | JUDGE_BASE_URL       | (none)           | endpoint of judges that name none; for API and every worker       |
 * | judgeApiKey        | JUDGE_API_KEY        | (none)           | bearer token that is sent to it                                   |
 * | allowedNetworks    | ALLOWED_NETWORKS     | (none)           | private networks that requests may go to, e.g. `127.0.0.0/8`      |
 * | maxModelBytes      | MAX_MODEL_BYTES      | 17179869184      | largest model that may be brought in, in bytes (default 16 GiB)   |
 * | workerName         | WORKER_NAME          | the worker's id  | how this worker is called in `GET /v1/workers`                    |
 * | workerLeaseS       | WORKER_LEASE_S       | 15               | seconds without a heartbeat until another worker takes a run over |
 * | workerMaxAttempts  | WORKER_MAX_ATTEMPTS  | 3                | how often a run is taken up before it fails                       |
 * | workerAccelerator  | WORKER_ACCELERATOR   | auto             | `auto`: a GPU where there is one that works; `cpu`; `webgpu`      |
 * | trainer            | TRAINER              | onnxruntime      | what runs are trained by: `onnxruntime`; `ray`, see docs/scaling.md |
 * | trainerCommand     | TRAINER_COMMAND      | python3 -m …     | what runs the trainer of `ray`, with its arguments                |
 * | trainerThreads     | TRAINER_THREADS      | 0                | CPU threads of one trainer; 0 leaves the choice to the engine     |
 * | trainerMemoryBytes | TRAINER_MEMORY_BYTES | (the machine's)  | memory for the trainer of a run or preview; what needs more fails |
 * | hostPython         | HOST_PYTHON          | none             | The machine's Python that tools may use, under bubblewrap         |
 * | pythonPool         | PYTHON_POOL          | 1                | Python interpreters that one worker runs at the same time         |
 * | tracing            | OTEL_…               | (off)            | spans to a collector: see docs/operations.md                      |
 * | shutdownTimeoutS   | SHUTDOWN_TIMEOUT_S   | 20               | seconds that a process may take to finish its work after SIGTERM  |
 */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Undefined: where the request came that asks for it. */
  readonly publicUrl: string | undefined;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly dataDir: string;
  readonly blobDir: string;
  readonly blobBucket: { readonly name: string; readonly prefix: string } | undefined;
  readonly s3Endpoint: string | undefined;
  readonly s3RedirectBytes: number | undefined;
  readonly corsOrigins: readonly string[];
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Undefined: secrets are not taken. */
  readonly secretsKey: string | undefined;
  readonly maxUploadBytes: number;
  readonly minUploadBytesPerS: number;
  /** Absent: models may not be taken from a directory. */
  readonly modelsDir: string | undefined;
  readonly hfEndpoint: string;
  /** Undefined: a judge has to name its endpoint. */
  readonly judgeBaseUrl: string | undefined;
  readonly judgeApiKey: string | undefined;
  /** What requests that users name may go to beside public addresses: addresses, or `address/prefix`. */
  readonly allowedNetworks: readonly string[];
  readonly maxModelBytes: number;
  /** Undefined: it is called by its id. */
  readonly workerName: string | undefined;
  readonly workerLeaseS: number;
  readonly workerMaxAttempts: number;
  readonly workerAccelerator: 'auto' | 'cpu' | 'webgpu';
  readonly trainer: 'onnxruntime' | 'ray';
  /** Of another trainer than Bough's own; split at spaces. */
  readonly trainerCommand: string;
  readonly trainerThreads: number;
  /** Undefined: what the machine or its container has. */
  readonly trainerMemoryBytes: number | undefined;
  readonly hostPython: string | undefined;
  readonly pythonPool: number;
  /** Whether OpenTelemetry's variables ask for traces; it reads them by itself. */
  readonly tracing: boolean;
  readonly shutdownTimeoutS: number;
}

/** The same settings where the two servers may be absent: what is not given is started embedded. */
export type StartConfig = Omit<Config, 'databaseUrl' | 'redisUrl'> & {
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;
/** The value of a variable; undefined: it is not set, or not usable. */
type Get = <N extends VariableName>(name: N) => ReturnType<(typeof variables)[N]['parse']> | undefined;

/**
 * Reads the settings of an API or worker process.
 * @throws {ConfigError} naming every bad or missing variable, each with what to do about it.
 */
export function loadConfig(env: Environment = process.env): Config {
  return read(env, ['DATABASE_URL', 'REDIS_URL']) as Config;
}

/**
 * Reads the settings of `npm start`, which starts PostgreSQL and Redis itself where no URL is given.
 * @throws {ConfigError} as {@link loadConfig}.
 */
export function loadStartConfig(env: Environment = process.env): StartConfig {
  return read(env, []);
}

/**
 * Reads the settings of a command that only needs the database, and looks at no other.
 * @throws {ConfigError} as {@link loadConfig}.
 */
export function loadDatabaseUrl(env: Environment = process.env): string {
  return read({ DATABASE_URL: env['DATABASE_URL'] }, ['DATABASE_URL']).databaseUrl as string;
}

/**
 * Reads where the database is for a command that may also use the one of `npm start`, which is below the data folder.
 * @throws {ConfigError} as {@link loadConfig}.
 */
export function loadDatabasePlace(env: Environment = process.env): Pick<StartConfig, 'databaseUrl' | 'dataDir'> {
  const { databaseUrl, dataDir } = read(
    { DATABASE_URL: env['DATABASE_URL'], BOUGH_DATA_DIR: env['BOUGH_DATA_DIR'] },
    [],
  );
  return { databaseUrl, dataDir };
}

function read(env: Environment, required: readonly VariableName[]): StartConfig {
  const bad: BadVariable[] = [];
  const get: Get = <N extends VariableName>(name: N) => {
    // An empty value counts as absent: that is how Compose passes on what nobody has set.
    const text = env[name]?.trim() || undefined;
    if (text === undefined && !required.includes(name)) return undefined;
    const variable = variables[name];
    const value = text === undefined ? undefined : variable.parse(text);
    if (value === undefined)
      bad.push({ name, given: variable.secret ? text && '(hidden)' : text, remedy: variable.remedy });
    return value as ReturnType<(typeof variables)[N]['parse']> | undefined;
  };

  const dataDir = resolve(get('BOUGH_DATA_DIR') ?? '.bough');
  const config: StartConfig = {
    host: get('HOST') ?? '127.0.0.1',
    port: get('PORT') ?? 3000,
    publicUrl: get('PUBLIC_URL'),
    databaseUrl: get('DATABASE_URL'),
    redisUrl: get('REDIS_URL'),
    dataDir,
    blobDir: resolve(get('BLOB_DIR') ?? join(dataDir, 'blobs')),
    blobBucket: get('BLOB_BUCKET'),
    s3Endpoint: get('S3_ENDPOINT'),
    s3RedirectBytes: get('S3_REDIRECT_BYTES'),
    corsOrigins: Object.freeze(get('CORS_ORIGINS') ?? []),
    logLevel: get('LOG_LEVEL') ?? 'info',
    secretsKey: get('BOUGH_SECRETS_KEY'),
    maxUploadBytes: get('MAX_UPLOAD_BYTES') ?? 2 ** 30,
    minUploadBytesPerS: get('MIN_UPLOAD_BYTES_PER_S') ?? 8192,
    modelsDir: resolved(get('MODELS_DIR')),
    hfEndpoint: get('HF_ENDPOINT') ?? 'https://huggingface.co',
    judgeBaseUrl: get('JUDGE_BASE_URL'),
    judgeApiKey: get('JUDGE_API_KEY'),
    allowedNetworks: Object.freeze(get('ALLOWED_NETWORKS') ?? []),
    maxModelBytes: get('MAX_MODEL_BYTES') ?? 2 ** 34,
    workerName: get('WORKER_NAME'),
    workerLeaseS: get('WORKER_LEASE_S') ?? 15,
    workerMaxAttempts: get('WORKER_MAX_ATTEMPTS') ?? 3,
    workerAccelerator: get('WORKER_ACCELERATOR') ?? 'auto',
    trainer: get('TRAINER') ?? 'onnxruntime',
    trainerCommand: get('TRAINER_COMMAND') ?? 'python3 -m bough_trainer',
    trainerThreads: get('TRAINER_THREADS') ?? 0,
    trainerMemoryBytes: get('TRAINER_MEMORY_BYTES'),
    hostPython: get('HOST_PYTHON'),
    pythonPool: get('PYTHON_POOL') ?? 1,
    tracing: asksForTraces(get),
    shutdownTimeoutS: get('SHUTDOWN_TIMEOUT_S') ?? 20,
  };
  if (bad.length > 0) throw new ConfigError(bad);
  return Object.freeze(config);
}

/** Off, unless somebody has said where spans are to go, or that they are to go where the standard says by default. */
function asksForTraces(get: Get): boolean {
  const exporter = get('OTEL_TRACES_EXPORTER');
  const endpoints = [get('OTEL_EXPORTER_OTLP_ENDPOINT'), get('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')];
  // Of these only whether they are ones that are spoken here.
  get('OTEL_EXPORTER_OTLP_PROTOCOL');
  get('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL');
  if (get('OTEL_SDK_DISABLED') || exporter === 'none') return false;
  return exporter !== undefined || endpoints.some((endpoint) => endpoint !== undefined);
}

function resolved(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
