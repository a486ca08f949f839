import { z } from 'zod';
import { overlay } from '../overlay.js';
import { argumentsCheck } from './arguments-check.js';
import { FunctionName, REMOTE_DEFAULTS, remoteFields, secretField } from './remote.js';
import { toolRow } from './tool-row.js';

const MAX_PARAMETERS = 32_768;

const resolved = z
  .strictObject({
    type: z.literal('http'),
    name: FunctionName,
    description: z.string().min(1).max(4000).describe('What the model is told of it.'),
    parameters: z
      .record(z.string(), z.unknown())
      .describe(
        'JSON Schema of the arguments, an object. What the model gives is checked against it, patterns and formats apart.',
      ),
    ...remoteFields,
    secret: secretField(
      'Name of the secret that requests are signed with, as https://www.standardwebhooks.com says. Null: they are not signed.',
    ),
  })
  .describe(
    'A function that a server of yours carries out: POST {job, call, previous, name, arguments} → {text}, or plain text.',
  );

export const http = toolRow({
  input: resolved.partial({ secret: true, timeout_s: true, cache: true }),
  resolved,
  nameOf: ({ name }) => name,
  resolve: (tool) => overlay<z.infer<typeof resolved>>({ ...tool, ...REMOTE_DEFAULTS }, tool),
  problems({ parameters }, path) {
    const at = `${path}.parameters`;
    if (JSON.stringify(parameters).length > MAX_PARAMETERS)
      return [{ path: at, message: `must have at most ${MAX_PARAMETERS} characters` }];
    try {
      argumentsCheck(parameters);
      return [];
    } catch (error) {
      return [{ path: at, message: `not a JSON Schema of an object: ${(error as Error).message}` }];
    }
  },
});
