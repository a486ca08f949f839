/**
 * The closed set of errors that reach a user: for each code its HTTP status, its type, its sentence and whether trying again can help.
 * Throws nothing and knows no HTTP framework. A code without a row does not compile.
 */
import { shownProblems, type Problem } from './shown.js';

export type { Problem } from './shown.js';

export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'rate_limit_error'
  | 'not_found_error'
  | 'conflict_error'
  | 'server_error';

/** The kinds of object that a request can name. */
export type ObjectKind =
  | 'checkpoint'
  | 'checkpoint file'
  | 'dataset'
  | 'delivery'
  | 'evaluation'
  | 'export'
  | 'export file'
  | 'key'
  | 'model'
  | 'preview'
  | 'project'
  | 'rescore'
  | 'rollout'
  | 'run'
  | 'secret'
  | 'trajectory'
  | 'tree'
  | 'webhook'
  | 'worker';

type NoParams = Readonly<Record<string, never>>;

/** What each code needs to be told. */
export interface ErrorParams {
  INVALID_JSON: { reason: string };
  INVALID_REQUEST: { problems: readonly Problem[] };
  INVALID_UPLOAD: { reason: string };
  INVALID_HTTP: { reason: string };
  UNAUTHENTICATED: { reason: 'missing' | 'malformed' | 'unknown' | 'expired' | 'of_a_rollout' | 'not_of_this_rollout' };
  PROJECT_DISABLED: NoParams;
  RATE_LIMITED: { perMinute: number; retryAfterS: number };
  QUOTA_REACHED: { quota: keyof typeof QUOTAS; used: number; limit: number };
  SCOPE_MISSING: { needed: string; scopes: readonly string[] };
  SCOPE_NOT_HELD: { scope: string; scopes: readonly string[] };
  ROUTE_NOT_FOUND: { method: string; path: string };
  METHOD_NOT_ALLOWED: { method: string; path: string; allowed: readonly string[] };
  REQUEST_TOO_SLOW: { what: 'headers' | 'JSON body' | 'file'; limitS: number; bytes?: number };
  NOT_FOUND: { object: ObjectKind; id: string; param?: string };
  DATASET_IN_USE: { datasetId: string; usedBy: readonly string[] };
  MODEL_IN_USE: { modelId: string; usedBy: readonly string[] };
  CHECKPOINT_IN_USE: { checkpointId: string; usedBy: readonly string[] };
  PROJECT_NAME_TAKEN: { name: string };
  PROJECT_OF_THIS_KEY: { projectId: string };
  RUN_NOT_FINISHED: { runId: string; status: string };
  RUN_FINISHED: { runId: string; status: string; action: string };
  RUN_NOT_PAUSED: { runId: string; status: string };
  RUN_TAKES_NO_ROLLOUTS: { runId: string; reason: string };
  ROLLOUTS_NOT_WANTED: { runId: string; reason: string; retryAfterS: number };
  ROLLOUT_ENDED: { rolloutId: string; status: string };
  EVALUATION_NOT_FINISHED: { evaluationId: string; status: string };
  EVALUATION_FINISHED: { evaluationId: string; status: string };
  GRADER_TOO_SLOW: { items: number; limitS: number };
  EXPORT_NOT_READY: { exportId: string };
  EXPORT_FAILED: { exportId: string };
  IDEMPOTENCY_KEY_REUSED: { key: string };
  PAYLOAD_TOO_LARGE: { what: 'JSON body' | 'file'; limitBytes: number; setting?: string };
  UNSUPPORTED_MEDIA_TYPE: { expected: string; given: string };
  UNSUPPORTED_ENCODING: { given: string; supported: readonly string[] };
  HEADERS_TOO_LARGE: { limitBytes: number };
  RANGE_NOT_SATISFIABLE: { sizeBytes: number };
  UNPROCESSABLE_SPEC: { problems: readonly Problem[] };
  SECRETS_OFF: NoParams;
  DATASET_UNREADABLE: { reason: string };
  MODEL_UNREADABLE: { reason: string };
  TOKEN_SPENT: { lastError: string | null };
  HUB_UNAVAILABLE: { endpoint: string; reason: string };
  INPUT_FAILED: { object: 'dataset' | 'model' | 'reward' | 'secret' | 'tool'; id: string; reason: string };
  BLOB_MISSING: { sha256: string };
  BLOB_DAMAGED: { sha256: string; sizeBytes: number; found: number };
  STORAGE_FULL: NoParams;
  CHAT_REFUSED: { reason: string };
  TRAINER_FAILED: { reason: string };
  ATTEMPTS_EXHAUSTED: { attempts: number; lastError: string };
  NOT_READY: { waitingFor: readonly string[] };
  DRAINING: NoParams;
  INTERNAL: NoParams;
}

export type ErrorCode = keyof ErrorParams;

export interface ErrorRow<P> {
  readonly status: number;
  readonly type: ErrorType;
  /** Whether the same request can succeed later without being changed. */
  readonly retryable: boolean;
  readonly message: (params: P) => string;
  /** The field of the request at fault, where one is. */
  readonly param?: (params: P) => string | undefined;
}

/** What a project has, and what makes room for more. */
const QUOTAS = {
  stored_bytes: ['bytes stored', 'delete datasets, models, checkpoints or exports'],
  dataset_rows: ['dataset rows', 'delete datasets'],
  sampled_tokens_per_day: ['tokens sampled today', 'wait until midnight UTC'],
} as const;

/** How a rollout of an agent that is outside has ended, by its status. */
const ROLLOUT_ENDS: Readonly<Record<string, string>> = {
  finished: 'is finished',
  failed: 'has failed',
  open: 'was not finished in time',
  expired: 'was not finished in time',
  lost: 'is over, because its run has stopped or was taken up again',
};

const OWN_KEY = 'send the header Authorization: Bearer bgh_…';
const unauthenticatedMessages: Record<ErrorParams['UNAUTHENTICATED']['reason'], string> = {
  missing: `No API key was given: ${OWN_KEY}`,
  malformed: `The Authorization header is not a bearer token: ${OWN_KEY}`,
  unknown: `The API key is not valid: ${OWN_KEY}`,
  expired: `The API key has expired: ${OWN_KEY}`,
  of_a_rollout: `The key of a rollout is good for {base_url}/chat/completions of that rollout alone: here, ${OWN_KEY}`,
  not_of_this_rollout: 'Here only the key of this rollout is taken: send the api_key that came with it',
};

const listed = (problems: readonly Problem[]): string =>
  shownProblems(problems)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');

const firstPath = ({ problems }: { problems: readonly Problem[] }): string | undefined =>
  problems[0]?.path || undefined;

export const errorTable: { readonly [C in ErrorCode]: ErrorRow<ErrorParams[C]> } = {
  INVALID_JSON: {
    status: 400,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ reason }) => `The request body is not valid JSON: ${reason}`,
  },
  INVALID_REQUEST: {
    status: 400,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ problems }) => listed(problems),
    param: firstPath,
  },
  INVALID_UPLOAD: {
    status: 400,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ reason }) => `The upload cannot be read: ${reason}`,
  },
  INVALID_HTTP: {
    status: 400,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ reason }) => `The request is not valid HTTP/1.1: ${reason}`,
  },
  UNAUTHENTICATED: {
    status: 401,
    type: 'authentication_error',
    retryable: false,
    message: ({ reason }) => unauthenticatedMessages[reason],
  },
  PROJECT_DISABLED: {
    status: 403,
    type: 'permission_error',
    retryable: false,
    message: () => 'The project of this API key is disabled: ask the operator of this service to enable it',
  },
  RATE_LIMITED: {
    status: 429,
    type: 'rate_limit_error',
    retryable: true,
    message: ({ perMinute, retryAfterS }) =>
      `A key of this project may send ${perMinute} requests per minute: try again in ${retryAfterS} s`,
  },
  QUOTA_REACHED: {
    status: 403,
    type: 'permission_error',
    retryable: false,
    message: ({ quota, used, limit }) => {
      const [has, remedy] = QUOTAS[quota];
      return `The project has ${used} ${has} and may have ${limit}: ${remedy}, or ask the operator of this service for more`;
    },
  },
  SCOPE_MISSING: {
    status: 403,
    type: 'permission_error',
    retryable: false,
    message: ({ needed, scopes }) =>
      `This needs a key with the scope ${needed}, and the one that was sent has ${scopes.join(', ')}: send another key`,
  },
  SCOPE_NOT_HELD: {
    status: 403,
    type: 'permission_error',
    retryable: false,
    message: ({ scope, scopes }) =>
      `A key can give no scope that it does not have, and this one has not ${scope} but ${scopes.join(', ')}: ask for less, or send another key`,
    param: () => 'scopes',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    type: 'not_found_error',
    retryable: false,
    message: ({ method, path }) => `There is no ${method} ${path}: see /docs for all paths`,
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ method, path, allowed }) => `There is no ${method} ${path}: send ${allowed.join(' or ')}`,
  },
  REQUEST_TOO_SLOW: {
    status: 408,
    type: 'invalid_request_error',
    retryable: true,
    message: ({ what, limitS, bytes }) =>
      bytes === undefined
        ? `The ${what} took more than ${limitS} s to arrive: send faster`
        : `Less than ${bytes} bytes of the ${what} arrived in ${limitS} s: send faster`,
  },
  NOT_FOUND: {
    status: 404,
    type: 'not_found_error',
    retryable: false,
    message: ({ object, id }) => `No such ${object}: ${id}`,
    param: ({ param }) => param,
  },
  DATASET_IN_USE: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ datasetId, usedBy }) => inUse('Dataset', datasetId, usedBy),
  },
  MODEL_IN_USE: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ modelId, usedBy }) => inUse('Model', modelId, usedBy),
  },
  CHECKPOINT_IN_USE: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ checkpointId, usedBy }) => inUse('Checkpoint', checkpointId, usedBy),
  },
  PROJECT_NAME_TAKEN: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ name }) => `There is a project ${name} already: give another name, or list the projects`,
    param: () => 'name',
  },
  PROJECT_OF_THIS_KEY: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ projectId }) =>
      `The key that was sent belongs to ${projectId}, and would refuse you from then on: send an operator's key of another project`,
  },
  RUN_NOT_FINISHED: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ runId, status }) => `Run ${runId} is ${status}: cancel it or wait until it has finished`,
  },
  RUN_FINISHED: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ runId, status, action }) => `Run ${runId} ${hasEnded(status)} and can no longer be ${action}`,
  },
  RUN_NOT_PAUSED: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ runId, status }) =>
      `Run ${runId} is ${status}, and only a paused run can be resumed${status === 'pausing' ? ': wait until it is' : ''}`,
  },
  RUN_TAKES_NO_ROLLOUTS: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ runId, reason }) => `Run ${runId} takes no rollouts: ${reason}`,
  },
  ROLLOUTS_NOT_WANTED: {
    status: 429,
    type: 'rate_limit_error',
    retryable: true,
    message: ({ runId, reason, retryAfterS }) =>
      `Run ${runId} wants no further rollout now: ${reason}. Ask again in ${retryAfterS} s`,
  },
  ROLLOUT_ENDED: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ rolloutId, status }) => `Rollout ${rolloutId} ${ROLLOUT_ENDS[status] ?? status}: ask for another`,
  },
  EVALUATION_NOT_FINISHED: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ evaluationId, status }) =>
      `Evaluation ${evaluationId} is ${status}: cancel it or wait until it has finished`,
  },
  EVALUATION_FINISHED: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ evaluationId, status }) =>
      `Evaluation ${evaluationId} ${hasEnded(status)} and can no longer be cancelled`,
  },
  GRADER_TOO_SLOW: {
    status: 422,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ items, limitS }) => `The ${items} items were not scored within ${limitS} s: send fewer`,
    param: () => 'items',
  },
  EXPORT_NOT_READY: {
    status: 409,
    type: 'conflict_error',
    retryable: true,
    message: ({ exportId }) => `Export ${exportId} is processing: wait until it is ready`,
  },
  EXPORT_FAILED: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ exportId }) => `Export ${exportId} has failed: its error says why; make another one`,
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    type: 'conflict_error',
    retryable: false,
    message: ({ key }) => `Idempotency-Key ${key} was used with another request: send a new key`,
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ what, limitBytes, setting }) =>
      `The ${what} is larger than ${limitBytes} bytes: send less${setting === undefined ? '' : `, or have ${setting} raised`}`,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ expected, given }) => `The request's content type is ${given}: send ${expected}`,
  },
  UNSUPPORTED_ENCODING: {
    status: 415,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ given, supported }) =>
      `The request's Content-Encoding is ${given}: send ${supported.join(', ')}, or leave the body unpacked`,
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ limitBytes }) => `The address and the headers are larger than ${limitBytes} bytes: send less`,
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ sizeBytes }) => `The Range lies outside the file, which has ${sizeBytes} bytes`,
  },
  UNPROCESSABLE_SPEC: {
    status: 422,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ problems }) => `This cannot run: ${listed(problems)}`,
    param: firstPath,
  },
  SECRETS_OFF: {
    status: 422,
    type: 'invalid_request_error',
    retryable: false,
    message: () =>
      'This service keeps no secrets: its operator has to set BOUGH_SECRETS_KEY for the API and every worker',
  },
  DATASET_UNREADABLE: {
    status: 422,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ reason }) => `The dataset cannot be read: ${reason}`,
  },
  MODEL_UNREADABLE: {
    status: 422,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ reason }) => `The model cannot be used: ${reason}`,
  },
  TOKEN_SPENT: {
    status: 422,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ lastError }) =>
      'The token was used, or has expired while the model was queued, and is not kept: post the model again' +
      (lastError === null ? '' : `. The attempt before ended with: ${lastError}`),
  },
  HUB_UNAVAILABLE: {
    status: 502,
    type: 'server_error',
    retryable: true,
    message: ({ endpoint, reason }) => `${endpoint} cannot be used now: ${reason}; post the model again later`,
  },
  INPUT_FAILED: {
    status: 422,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ object, id, reason }) => `The ${object} ${id} is not usable: ${reason}`,
  },
  CHAT_REFUSED: {
    status: 400,
    type: 'invalid_request_error',
    retryable: false,
    message: ({ reason }) => `The model cannot answer: ${reason}`,
  },
  TRAINER_FAILED: {
    status: 500,
    type: 'server_error',
    retryable: false,
    message: ({ reason }) => `The trainer failed: ${reason}`,
  },
  ATTEMPTS_EXHAUSTED: {
    status: 500,
    type: 'server_error',
    retryable: false,
    message: ({ attempts, lastError }) => `Given up after ${attempts} attempts; the last one ended with: ${lastError}`,
  },
  BLOB_MISSING: {
    status: 500,
    type: 'server_error',
    retryable: false,
    message: ({ sha256 }) => `The bytes with the sha256 ${sha256} are missing from the store: tell the operator`,
  },
  BLOB_DAMAGED: {
    status: 500,
    type: 'server_error',
    retryable: false,
    message: ({ sha256, sizeBytes, found }) =>
      `The bytes with the sha256 ${sha256} are damaged in the store, which has ${found} of ${sizeBytes}: tell the operator`,
  },
  STORAGE_FULL: {
    status: 507,
    type: 'server_error',
    retryable: true,
    message: () => 'There is no room left to store this: try again when the operator has made some',
  },
  NOT_READY: {
    status: 503,
    type: 'server_error',
    retryable: true,
    message: ({ waitingFor }) => `Not ready: waiting for ${waitingFor.join(', ')}`,
  },
  DRAINING: {
    status: 503,
    type: 'server_error',
    retryable: true,
    message: () => 'This server is shutting down: try again',
  },
  INTERNAL: {
    status: 500,
    type: 'server_error',
    retryable: true,
    message: () => 'Something went wrong on our side: try again, and report the x-request-id if it stays',
  },
};

function inUse(kind: string, id: string, usedBy: readonly string[]): string {
  return `${kind} ${id} is used by ${usedBy.join(', ')}: cancel that or wait until it has finished`;
}

function hasEnded(status: string): string {
  return status === 'cancelled' ? 'was cancelled' : `has ${status}`;
}
