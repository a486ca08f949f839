/** The closed map of background jobs: their payloads and the slot that each is worked in. Types and tables only; no handlers. */

/** A ticket names a row of `jobs`; everything else is read from the database when the job is claimed. */
export interface Ticket {
  readonly jobId: string;
}

/** Each kind of job and what its ticket carries. */
export interface Jobs {
  'run.train': Ticket;
  'evaluation.run': Ticket;
  'model.create': Ticket;
  'dataset.import': Ticket;
}
export type JobKind = keyof Jobs;

/** A worker has one slot of each, so that a run of a day does not keep short work waiting. */
export const SLOTS = ['train', 'short'] as const;
export type Slot = (typeof SLOTS)[number];

export const SLOT_OF: { readonly [K in JobKind]: Slot } = {
  'run.train': 'train',
  'evaluation.run': 'short',
  'model.create': 'short',
  'dataset.import': 'short',
};

/** The name of each slot's Bull queue. */
export const QUEUE_OF = { train: 'jobs.train', short: 'jobs.short' } as const satisfies Record<Slot, string>;
