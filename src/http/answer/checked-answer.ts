/**
 * Checks JSON answers against the schemas that document them. Changes none: what a service answers is what is sent.
 *
 * In tests every answer is checked, and one that does not fit is an error. In production a check may cost as much as the rest of the request,
 * so each route's first answer is checked and then one a second: all of them unless the route is busy. An answer that does not fit, say because
 * a stored object was written by another version, is logged and sent: the client is better served by it than by an error.
 */
import { Logger, StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { pathText } from './problems.js';

const CHECK_EVERY_MS = 1000;

const logger = new Logger('Answers');
let isStrict = false;

/** From here on every answer in this process is checked, and one that does not fit is an error. For tests. */
export function checkEveryAnswer(): void {
  isStrict = true;
}

type Handler = (...args: unknown[]) => unknown;

/** Checks what a route answers. A function around its handler and not an interceptor: Nest's chain of those costs more than all else that it does. */
export function ChecksAnswer(schema: z.ZodType): MethodDecorator {
  return (_controller: object, name: string | symbol, descriptor: PropertyDescriptor) => {
    const handler = descriptor.value as Handler;
    let dueAt = 0;
    const checking: Handler = function (this: unknown, ...args) {
      const now = Date.now();
      if (!isStrict && now < dueAt) return handler.apply(this, args);
      dueAt = now + CHECK_EVERY_MS;
      return checkedAnswer(handler.apply(this, args), schema);
    };
    // It goes by the handler's name, also in the OpenAPI document, and has what other decorators have said of the handler.
    Object.defineProperty(checking, 'name', { value: name });
    for (const key of Reflect.getMetadataKeys(handler)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), checking);
    }
    descriptor.value = checking;
  };
}

async function checkedAnswer(answered: unknown, schema: z.ZodType): Promise<unknown> {
  const answer = await answered;
  // Streams, and answers without a body, have no schema.
  if (typeof answer !== 'object' || answer === null || answer instanceof StreamableFile) return answer;
  const faults = misfits(answer, schema);
  if (faults.length === 0) return answer;
  const text = `The answer does not fit its schema: ${faults.join('; ')}`;
  if (isStrict) throw new Error(text);
  logger.error(text);
  return answer;
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
