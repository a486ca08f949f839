import { Header, Logger } from '@nestjs/common';
import { HEADERS_METADATA } from '@nestjs/common/internal';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { checkEveryAnswer, ChecksAnswer } from './checked-answer.js';

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
  class Controller {
    @ChecksAnswer(schema)
    answer(answer: unknown): unknown {
      return answer;
    }
  }
  return new Controller();
}

test('in production an answer that does not fit is logged and sent', async () => {
  expect(await route().answer(undocumented)).toBe(undocumented);
  expect(logged).toHaveBeenCalledExactlyOnceWith(
    'The answer does not fit its schema: parts.1.secret: is not in the schema',
  );
});

test('a busy route is checked once a second, another one meanwhile for itself', async () => {
  const [busy, other] = [route(), route()];
  for (let i = 0; i < 5; i++) await busy.answer(undocumented);
  expect(logged).toHaveBeenCalledTimes(1);
  await other.answer(undocumented);
  expect(logged).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1000);
  await busy.answer(undocumented);
  expect(logged).toHaveBeenCalledTimes(3);
});

test('the checked handler has the name of the other one, and what decorators have said of it', () => {
  class Controller {
    @ChecksAnswer(schema)
    @Header('x-kind', 'test')
    answer(): object {
      return fits;
    }
  }
  const handler = Reflect.get(Controller.prototype, 'answer');
  expect(handler.name).toBe('answer');
  expect(Reflect.getMetadata(HEADERS_METADATA, handler)).toHaveLength(1);
});

// Last: there is no way back.
test('every answer is checked in tests: a wrong field is an error, and so is one that is not documented', async () => {
  const strict = route();
  checkEveryAnswer();
  expect(await strict.answer(fits)).toBe(fits);
  await expect(strict.answer(undocumented)).rejects.toThrow('parts.1.secret: is not in the schema');
  await expect(strict.answer({ ...fits, id: 1 })).rejects.toThrow('id: Invalid input');
});
