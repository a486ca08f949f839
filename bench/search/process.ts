/** A process that measures what it is asked for, says it and ends. */
import { measure, type Task } from './measured.js';

process.once('message', (task: Task) => {
  void measure(task).then((measured) => process.send?.(measured, () => process.exit(0)));
});
