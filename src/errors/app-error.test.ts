import { describe, expect, test } from 'vitest';
import { AppError } from './app-error.js';
import { errorTable } from './error-table.js';

describe('an AppError', () => {
  test('answers with its type, code, message and the field at fault', () => {
    expect(AppError.invalid('training.steps', 'must be at least 1').toBody()).toEqual({
      error: {
        type: 'invalid_request_error',
        code: 'invalid_request',
        message: 'training.steps: must be at least 1',
        param: 'training.steps',
        problems: [{ path: 'training.steps', message: 'must be at least 1' }],
      },
    });
  });

  test('names every problem of a spec that cannot run', () => {
    const problems = [
      { path: 'tools[0].corpus', message: 'ds_1 has no documents' },
      { path: '', message: 'the budget is smaller than one step' },
    ];
    const error = new AppError('UNPROCESSABLE_SPEC', { problems });
    expect(error.status).toBe(422);
    expect(error.message).toBe(
      'This cannot run: tools[0].corpus: ds_1 has no documents; the budget is smaller than one step',
    );
    expect(error.toBody().error).toMatchObject({ param: 'tools[0].corpus', problems });
  });

  test('carries null where no field is at fault, and no list of problems', () => {
    const body = new AppError('NOT_FOUND', { object: 'run', id: 'run_1' }).toBody();
    expect(body).toEqual({
      error: { type: 'not_found_error', code: 'not_found', message: 'No such run: run_1', param: null },
    });
  });

  test('blames the user for a bad dataset and the server for a crashed trainer', () => {
    expect(new AppError('DATASET_UNREADABLE', { reason: 'no rows' }).category).toBe('user');
    expect(new AppError('TRAINER_FAILED', { reason: 'SIGSEGV' }).category).toBe('server');
  });

  test('shows the first of many problems, says how many more there are, and cuts what it quotes', () => {
    const problems = Array.from({ length: 1254 }, (_, i) => ({
      path: `stop[${i}]`.repeat(100),
      message: 'x'.repeat(5000),
    }));
    const { error } = new AppError('INVALID_REQUEST', { problems }).toBody();
    expect(error.problems).toHaveLength(21);
    expect(error.problems?.at(-1)).toEqual({ path: '', message: 'and 1,234 more' });
    expect(error.message).toMatch(/; and 1,234 more$/);
    expect(JSON.stringify(error).length).toBeLessThan(60_000);
    expect(new AppError('NOT_FOUND', { object: 'run', id: 'x'.repeat(4_000_000) }).message.length).toBeLessThan(40_000);
  });

  test('keeps its cause', () => {
    const cause = new Error('socket closed');
    expect(new AppError('INTERNAL', {}, { cause }).cause).toBe(cause);
  });
});

const typeByStatus: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  408: 'invalid_request_error',
  409: 'conflict_error',
  413: 'invalid_request_error',
  415: 'invalid_request_error',
  416: 'invalid_request_error',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  431: 'invalid_request_error',
  500: 'server_error',
  502: 'server_error',
  503: 'server_error',
  507: 'server_error',
};

test.each(Object.entries(errorTable))('%s has the type that belongs to its status', (_code, row) => {
  expect(row.type).toBe(typeByStatus[row.status]);
});
