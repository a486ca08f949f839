import { z } from 'zod';
import { overlay } from '../overlay.js';
import { REMOTE_DEFAULTS, remoteFields, secretField } from './remote.js';
import { toolRow } from './tool-row.js';

const resolved = z
  .strictObject({
    type: z.literal('mcp'),
    ...remoteFields,
    secret: secretField('Name of the secret that is sent as a bearer token. Null: none is.'),
    allow: z
      .array(z.string().min(1))
      .min(1)
      .nullable()
      .describe('The tools of the server that the model may call. Null: all.'),
  })
  .describe(
    'The tools of an MCP server over streamable HTTP. What they are is asked when a run begins, and stays so for the run.',
  );

export const mcp = toolRow({
  input: resolved.partial({ secret: true, timeout_s: true, cache: true, max_calls: true, allow: true }),
  resolved,
  nameOf: () => null,
  resolve: (tool) => overlay<z.infer<typeof resolved>>({ ...tool, ...REMOTE_DEFAULTS, allow: null }, tool),
  problems: () => [],
});
