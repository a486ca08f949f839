/** What memory a trainer on this machine may use. Says what there is, not what is free at the moment. */
import { totalmem } from 'node:os';

/** What the process is held to by its control group; 0 or a huge number where it is not. */
type Constraint = () => number;

/**
 * Bytes: the operator's setting where there is one, else nine tenths of the machine's memory, or of its container's where that is less: the worker and what
 * else runs beside a trainer need some.
 * @param setting TRAINER_MEMORY_BYTES, as the job carries it
 */
export function availableMemory(
  setting: number | undefined,
  total = totalmem(),
  constraint: Constraint = () => process.constrainedMemory(),
): number {
  if (setting !== undefined) return setting;
  const constrained = constraint();
  return 0.9 * (constrained > 0 ? Math.min(total, constrained) : total);
}
