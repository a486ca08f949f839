/** The messages as JSON Schema, for whoever writes another trainer: `npm run openapi` writes it to openapi/protocol.json. */
import { z } from 'zod';
import { PROTOCOL_VERSION, STORABLE, TrainerMessage, WorkerMessage } from './messages.js';

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

const DESCRIPTION = `A message is the \`message\` of a frame: u32 length of what follows, u32 length of the JSON header, the header \`{number, message, arrays: [{name, dtype, length}]}\`, and the bytes of \
the arrays one after another, int32 or float32. All numbers are little endian; \`number\` counts the sender's frames from 1. Fields that this schema does not name are ignored.`;

const worker = WorkerMessage.meta({
  id: 'WorkerMessage',
  description:
    'Worker to trainer. `start` answers `hello`; `tool_result` and `scores` answer what was asked; `ack` says that the trainer’s frame of that number is stored.',
});

const trainer = TrainerMessage.meta({
  id: 'TrainerMessage',
  description: `Trainer to worker. The first is \`hello\`, the last \`done\` or \`failed\`. The worker stores and acknowledges ${quoted(STORABLE)}.`,
});

/** What either side may say: the header of a frame, without its arrays. */
export function protocolSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(z.union([worker, trainer]), { io: 'input' });
  return { $schema, title: `Worker and trainer, version ${PROTOCOL_VERSION}`, description: DESCRIPTION, ...schema };
}
