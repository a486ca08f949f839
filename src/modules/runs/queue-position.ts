/** How many runs are before one in the queue. An estimate: a worker also looks at what a run needs, and at fairness between projects. */

/** An SQL expression over the columns of `runs`: the position from 1; null for a run that does not wait. */
export const QUEUE_POSITION = `CASE WHEN runs.status = 'queued' THEN (
  SELECT nullif(count(*), 0)::int
    FROM jobs AS own JOIN jobs AS other ON other.lane = own.lane AND other.status = own.status
      AND (other.available_at, other.id) <= (own.available_at, own.id)
   WHERE own.kind = 'run.train' AND own.subject_id = runs.id AND own.status = 'queued'
) END`;
