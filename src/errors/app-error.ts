/** The one error that is meant for a user's eyes. Not for bugs: those stay ordinary errors and are answered as INTERNAL. */
import {
  errorTable,
  type ErrorCode,
  type ErrorParams,
  type ErrorRow,
  type ErrorType,
  type Problem,
} from './error-table.js';
import { cut, shownProblems } from './shown.js';

/** Characters; a list of problems at its longest fits. */
const MAX_MESSAGE = 30_000;
const MAX_PARAM = 200;

/** The body of every answer that is an error. */
export interface ErrorBody {
  readonly error: {
    readonly type: ErrorType;
    /** The stable code in lower case, e.g. `dataset_in_use`. */
    readonly code: string;
    readonly message: string;
    /** The field at fault, as in `tools[0].timeout_s`, or null. */
    readonly param: string | null;
    /** Every problem found, for the codes that can find several. */
    readonly problems?: readonly Problem[];
  };
}

export class AppError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'AppError';
  readonly status: number;
  readonly type: ErrorType;
  /** Whether the same request can succeed later without being changed. */
  readonly retryable: boolean;
  readonly param: string | null;

  constructor(
    readonly code: C,
    readonly params: ErrorParams[C],
    options?: ErrorOptions,
  ) {
    const row: ErrorRow<ErrorParams[C]> = errorTable[code];
    super(cut(row.message(params), MAX_MESSAGE), options);
    this.status = row.status;
    this.type = row.type;
    this.retryable = row.retryable;
    const param = row.param?.(params);
    this.param = param === undefined ? null : cut(param, MAX_PARAM);
  }

  /** A request refused for one field. */
  static invalid(path: string, message: string): AppError<'INVALID_REQUEST'> {
    return new AppError('INVALID_REQUEST', { problems: [{ path, message }] });
  }

  /** Whose fault it was: what a run, dataset or model that failed reports as `error.category`. */
  get category(): 'user' | 'server' {
    return this.status < 500 ? 'user' : 'server';
  }

  /** The code as it appears in answers and in the records of failed work. */
  get wireCode(): string {
    return this.code.toLowerCase();
  }

  toBody(): ErrorBody {
    const { type, wireCode: code, message, param } = this;
    const problems = 'problems' in this.params ? { problems: shownProblems(this.params.problems) } : {};
    return { error: { type, code, message, param, ...problems } };
  }
}
