/** The table of environment variables: how each is parsed, and what to tell whoever set it wrongly. Holds no values. */
import { z } from 'zod';

interface Variable<T> {
  /** The value, or undefined when the text is not one. */
  readonly parse: (text: string) => T | undefined;
  /** What to do about a missing or bad value. */
  readonly remedy: string;
  /** True when the value may hold a password and must not be printed. */
  readonly secret: boolean;
}

function variable<T>(schema: z.ZodType<T>, remedy: string, options: { secret?: boolean } = {}): Variable<T> {
  return { parse: (text) => schema.safeParse(text).data, remedy, secret: options.secret ?? false };
}

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max);

const seconds = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max);

/** Further checks are made of addresses only. */
const url = (protocol: RegExp) => z.url({ protocol, abort: true });

/** Of a server that paths are added to. */
const endpoint = url(/^https?$/).refine((text) => new URL(text).username === '' && new URL(text).search === '');

const bucket = z
  .string()
  .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.-]+)*\/?$/)
  .transform((text) => {
    const [name = '', ...prefix] = text.slice('s3://'.length).split('/').filter(Boolean);
    return { name, prefix: prefix.join('/') };
  });

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const networks = list.pipe(z.array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()])));

const origins = list.refine((all) => all.every((origin) => origin === '*' || isOrigin(origin)));

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const COLLECTOR = 'give http(s)://host:port of a collector that takes OTLP over HTTP, e.g. http://127.0.0.1:4318';
const OTLP_REMEDY = 'give http/protobuf, with the address at which the collector takes it, which is usually port 4318';

export const variables = {
  HOST: variable(
    z.string().regex(/^[\w.:-]+$/),
    'give an address or host name to listen on, e.g. 127.0.0.1 or 0.0.0.0',
  ),
  PORT: variable(integer(0, 65_535), 'give a port from 0 to 65535; 0 takes a free one'),
  PUBLIC_URL: variable(
    endpoint.transform((text) => text.replace(/\/+$/, '')),
    'give the address at which clients reach the API, e.g. https://bough.example.com',
  ),
  DATABASE_URL: variable(
    url(/^postgres(ql)?$/),
    'give postgres://user:password@host:5432/database, or use `npm start`, which runs its own PostgreSQL',
    { secret: true },
  ),
  REDIS_URL: variable(
    url(/^rediss?$/),
    'give redis://:password@host:6379/0, or use `npm start`, which runs its own Redis',
    { secret: true },
  ),
  BOUGH_DATA_DIR: variable(z.string(), 'give a directory that may be written to'),
  BLOB_DIR: variable(z.string(), 'give a directory that API and workers share'),
  BLOB_BUCKET: variable(bucket, 'give s3://bucket, or s3://bucket/prefix'),
  S3_ENDPOINT: variable(endpoint, 'give http(s)://host:port of a server that speaks the protocol of S3', {
    secret: true,
  }),
  S3_REDIRECT_BYTES: variable(integer(0, Number.MAX_SAFE_INTEGER), 'give a number of bytes, e.g. 16777216 for 16 MiB'),
  CORS_ORIGINS: variable(origins, 'give origins separated by commas, without a path, e.g. https://app.example.com'),
  LOG_LEVEL: variable(z.enum(LOG_LEVELS), `give one of ${LOG_LEVELS.join(', ')}`),
  BOUGH_SECRETS_KEY: variable(
    z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
    'give 32 random bytes in base64, as `openssl rand -base64 32` prints them',
    { secret: true },
  ),
  MAX_UPLOAD_BYTES: variable(integer(1, Number.MAX_SAFE_INTEGER), 'give a number of bytes, e.g. 1073741824 for 1 GiB'),
  MIN_UPLOAD_BYTES_PER_S: variable(integer(1, 2 ** 30), 'give a number of bytes a second, e.g. 8192'),
  MODELS_DIR: variable(z.string(), "give the folder on the workers' machines that models may be taken from"),
  HF_ENDPOINT: variable(endpoint, 'give https://host of the Hugging Face Hub or of a mirror, without a user name', {
    secret: true,
  }),
  JUDGE_BASE_URL: variable(
    endpoint,
    'give the base URL of an OpenAI-compatible server, e.g. http://127.0.0.1:8000/v1, without a user name',
    { secret: true },
  ),
  JUDGE_API_KEY: variable(z.string().max(4096), 'give the bearer token of JUDGE_BASE_URL', { secret: true }),
  ALLOWED_NETWORKS: variable(networks, 'give networks separated by commas, e.g. 127.0.0.0/8, 10.1.2.3, fd00::/8'),
  MAX_MODEL_BYTES: variable(integer(1, Number.MAX_SAFE_INTEGER), 'give a number of bytes, e.g. 17179869184 for 16 GiB'),
  WORKER_NAME: variable(z.string().max(100), 'give a name of at most 100 characters'),
  WORKER_LEASE_S: variable(seconds(2, 3600), 'give seconds from 2 to 3600'),
  WORKER_MAX_ATTEMPTS: variable(integer(1, 1000), 'give a number from 1 to 1000'),
  WORKER_ACCELERATOR: variable(z.enum(['auto', 'cpu', 'webgpu']), 'give auto, cpu or webgpu'),
  TRAINER: variable(z.enum(['onnxruntime', 'ray']), 'give onnxruntime or ray'),
  TRAINER_COMMAND: variable(
    z.string().regex(/\S/),
    'give the program that runs the trainer of TRAINER=ray with its arguments, e.g. /opt/bough/bin/python -m bough_trainer',
  ),
  TRAINER_THREADS: variable(integer(0, 1024), 'give a number of threads; 0 leaves the choice to the engine'),
  TRAINER_MEMORY_BYTES: variable(
    integer(1, Number.MAX_SAFE_INTEGER),
    'give a number of bytes, e.g. 17179869184 for 16 GiB',
  ),
  HOST_PYTHON: variable(
    z.string().regex(/^\//),
    'give the absolute path of a Python interpreter, e.g. /usr/bin/python3',
  ),
  PYTHON_POOL: variable(integer(1, 64), 'give a number from 1 to 64'),
  OTEL_SDK_DISABLED: variable(
    z
      .string()
      .regex(/^(true|false)$/i)
      .transform((text) => text.toLowerCase() === 'true'),
    'give true or false',
  ),
  OTEL_TRACES_EXPORTER: variable(z.enum(['otlp', 'none']), 'give otlp, or none for no traces'),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(url(/^https?$/), COLLECTOR, { secret: true }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: variable(url(/^https?$/), COLLECTOR, { secret: true }),
  OTEL_EXPORTER_OTLP_PROTOCOL: variable(z.literal('http/protobuf'), OTLP_REMEDY),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: variable(z.literal('http/protobuf'), OTLP_REMEDY),
  SHUTDOWN_TIMEOUT_S: variable(seconds(1, 3600), 'give seconds from 1 to 3600'),
} as const;

export type VariableName = keyof typeof variables;
