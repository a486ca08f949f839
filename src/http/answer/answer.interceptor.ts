/**
 * Checks JSON answers against the schemas that document them. Changes none: what a service answers is what is sent.
 *
 * In tests every answer is checked, and one that does not fit is an error. In production a check may cost as much as the rest of the request,
 * so each route's first answer is checked and then one a second: all of them unless the route is busy. An answer that does not fit, say because
 * a stored object was written by another version, is logged and sent: the client is better served by it than by an error.
 */
import { Logger, StreamableFile, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { tap, type Observable } from 'rxjs';
import { z } from 'zod';
import { pathText } from './problems.js';

/** Marks a route with the schema of its answer. */
export const AnswerSchema = Reflector.createDecorator<z.ZodType>();

const CHECK_EVERY_MS = 1000;

export class AnswerInterceptor implements NestInterceptor {
  private readonly logger = new Logger(AnswerInterceptor.name);
  /** When each route's answer is to be checked again. */
  private readonly due = new Map<unknown, number>();

  /** @param strict checks every answer and throws; for tests */
  constructor(
    private readonly reflector: Reflector,
    private readonly strict: boolean,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const route = context.getHandler();
    const schema: z.ZodType | undefined = this.reflector.get(AnswerSchema, route);
    if (!schema || !this.isDue(route)) return next.handle();
    return next.handle().pipe(tap((answer) => this.check(answer, schema)));
  }

  private isDue(route: unknown): boolean {
    const now = Date.now();
    if (!this.strict && now < (this.due.get(route) ?? 0)) return false;
    this.due.set(route, now + CHECK_EVERY_MS);
    return true;
  }

  private check(answer: unknown, schema: z.ZodType): void {
    // Streams, and answers without a body.
    if (typeof answer !== 'object' || answer === null || answer instanceof StreamableFile) return;
    const faults = misfits(answer, schema);
    if (faults.length === 0) return;
    const text = `The answer does not fit its schema: ${faults.join('; ')}`;
    if (this.strict) throw new Error(text);
    this.logger.error(text);
  }
}

/** Where the answer is not what the schema says, and what it has that the schema does not mention. */
function misfits(answer: object, schema: z.ZodType): string[] {
  const { success, data, error } = schema.safeParse(answer);
  if (!success) return error.issues.map(({ path, message }) => `${pathText(path)}: ${message}`);
  return undocumented(answer, data).map((path) => `${pathText(path)}: is not in the schema`);
}

/** The paths in the answer that parsing has left out. */
function undocumented(given: unknown, parsed: unknown, path: PropertyKey[] = []): PropertyKey[][] {
  if (typeof given !== 'object' || given === null || given === parsed) return [];
  return Object.entries(given).flatMap(([key, value]: [string, unknown]) => {
    if (value === undefined) return [];
    const at = [...path, key];
    const kept = parsed as Record<string, unknown>;
    return Object.hasOwn(kept, key) ? undocumented(value, kept[key], at) : [at];
  });
}
