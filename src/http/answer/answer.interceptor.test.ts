import { Logger, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { lastValueFrom, of } from 'rxjs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { AnswerInterceptor, AnswerSchema } from './answer.interceptor.js';

const schema = z.object({ id: z.string(), parts: z.array(z.object({ size: z.int() })) });
const fits = { id: 'a', parts: [{ size: 1 }] };
const undocumented = { id: 'a', parts: [{ size: 1 }, { size: 2, secret: 'x' }] };

const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
beforeEach(() => {
  logged.mockClear();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function route() {
  const handler = () => undefined;
  AnswerSchema(schema)({}, 'handler', { value: handler });
  return { getHandler: () => handler } as unknown as ExecutionContext;
}

function answerOf(interceptor: AnswerInterceptor, context: ExecutionContext, answer: unknown): Promise<unknown> {
  return lastValueFrom(interceptor.intercept(context, { handle: () => of(answer) }));
}

test('every answer is checked in tests: a wrong field is an error, and so is one that is not documented', async () => {
  const strict = new AnswerInterceptor(new Reflector(), true);
  const context = route();
  expect(await answerOf(strict, context, fits)).toBe(fits);
  await expect(answerOf(strict, context, undocumented)).rejects.toThrow('parts.1.secret: is not in the schema');
  await expect(answerOf(strict, context, { ...fits, id: 1 })).rejects.toThrow('id: Invalid input');
});

test('in production an answer that does not fit is logged and sent', async () => {
  const lenient = new AnswerInterceptor(new Reflector(), false);
  expect(await answerOf(lenient, route(), undocumented)).toBe(undocumented);
  expect(logged).toHaveBeenCalledExactlyOnceWith(
    'The answer does not fit its schema: parts.1.secret: is not in the schema',
  );
});

test('a busy route is checked once a second, another one meanwhile for itself', async () => {
  const lenient = new AnswerInterceptor(new Reflector(), false);
  const [busy, other] = [route(), route()];
  for (let i = 0; i < 5; i++) await answerOf(lenient, busy, undocumented);
  expect(logged).toHaveBeenCalledTimes(1);
  await answerOf(lenient, other, undocumented);
  expect(logged).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1000);
  await answerOf(lenient, busy, undocumented);
  expect(logged).toHaveBeenCalledTimes(3);
});
