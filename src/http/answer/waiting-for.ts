/** The field `waiting_for` of what a worker makes: said where its job waits for room on a full disk, which takes no part in `status` or `error`. */
import { z } from 'zod';
import { waitingFor } from '../../store/jobs.js';

export const WaitingFor = z
  .string()
  .nullable()
  .describe(
    'Room on a disk that is full, until the operator has made some: the work then goes on by itself. Null: it does not wait for that.',
  );

/** What is selected for it beside the columns of a table. */
export const selectWaiting = (table: string) => ({ waitingFor: waitingFor(table) });

/** A row, with what was selected; one that has just been inserted waits for nothing. */
export type Waiting<E> = E & { waitingFor?: unknown };

export const waitingText = ({ waitingFor: text }: Waiting<object>): string | null =>
  typeof text === 'string' ? text : null;
