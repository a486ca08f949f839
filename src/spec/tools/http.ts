import { z } from 'zod';
import { overlay } from '../overlay.js';
import type { SpecProblem } from '../problem.js';
import { argumentsCheck, patternProblem } from './arguments-check.js';
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
        'JSON Schema of the arguments, an object. What the model gives is checked against it, but for patterns and formats: those are your server’s to check, and an answer of 400 or 422 is shown to the model.',
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
  input: resolved.partial({ secret: true, timeout_s: true, cache: true, max_calls: true }),
  resolved,
  nameOf: ({ name }) => name,
  resolve: (tool) => overlay<z.infer<typeof resolved>>({ ...tool, ...REMOTE_DEFAULTS }, tool),
  problems: ({ parameters }, path) => parametersProblems(parameters, `${path}.parameters`),
});

/** What keeps a schema of a user's from being one of a function's arguments. */
export function parametersProblems(parameters: Record<string, unknown>, at: string): SpecProblem[] {
  if (JSON.stringify(parameters).length > MAX_PARAMETERS)
    return [{ path: at, message: `must have at most ${MAX_PARAMETERS} characters` }];
  const problems: SpecProblem[] = [];
  try {
    argumentsCheck(parameters, (pattern) => {
      const message = patternProblem(pattern.source);
      if (message !== null) problems.push({ path: [at, ...pattern.path].join('.'), message });
    });
    return problems;
  } catch (error) {
    return [{ path: at, message: `not a JSON Schema of an object: ${(error as Error).message}` }];
  }
}
