/**
 * `__proto__` and `constructor` as names of fields. JavaScript reads them as something else, so that the libraries which read requests leave such fields out without a
 * word; here they are refused. Rows of datasets are data and may have them.
 */
import type { NextFunction, Request, Response } from 'express';
import { AppError } from '../../errors/app-error.js';

const RESERVED = ['__proto__', 'constructor'];

/**
 * @param name of a field, as it stands in a query too: `metadata[team]`
 * @throws {AppError} INVALID_REQUEST
 */
export function refuseReserved(name: string): void {
  const found = RESERVED.find((reserved) => name.includes(reserved) && name.split(/[[\]]/).includes(reserved));
  if (found !== undefined) {
    throw AppError.invalid(name.slice(0, 200), `no field can be called ${found}: give it another name`);
  }
}

/** Middleware: of the fields of a query. */
export function refuseReservedInQuery({ url }: Request, _response: Response, next: NextFunction): void {
  const at = url.indexOf('?');
  // Most requests have none. An underscore may be escaped.
  if (at >= 0) for (const name of new URLSearchParams(url.slice(at)).keys()) refuseReserved(name);
  next();
}
