import { z } from 'zod';
import { overlay } from '../overlay.js';
import { parametersProblems } from './http.js';
import { FunctionName, REMOTE_DEFAULTS, remoteFields, secretField } from './remote.js';
import { toolRow } from './tool-row.js';

const { secret, timeout_s, max_calls } = REMOTE_DEFAULTS;
const DEFAULTS = { secret, timeout_s, max_calls, parameters: null, episodes: 8 };

const resolved = z
  .strictObject({
    type: z.literal('environment'),
    name: FunctionName,
    description: z.string().min(1).max(4000).describe('What the model is told of a step.'),
    parameters: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('JSON Schema of an action, an object. Null: what the server’s `/schema` says when a run begins.'),
    url: remoteFields.url.describe(
      'Where the server is, such as `https://example.com`: episodes are played at `/ws` below it. Public, unless the operator allows its network (ALLOWED_NETWORKS).',
    ),
    secret: secretField('Name of the secret that is sent as a bearer token. Null: none is.'),
    timeout_s: remoteFields.timeout_s.describe(
      'Limit of one call, seconds, with waiting for a free episode and playing an episode again. Default 30.',
    ),
    max_calls: remoteFields.max_calls,
    episodes: z
      .int()
      .min(1)
      .max(1000)
      .describe(
        `Episodes that are open on the server at the same time; it has to allow as many (its max_concurrent_envs). With fewer than there are trajectories, episodes are closed and played again. Default ${DEFAULTS.episodes}.`,
      ),
  })
  .describe(
    'An environment that a server of yours runs in OpenEnv’s protocol: each trajectory is an episode, and each call a step. `<name>_reset` shows how the episode begins. The reward of type `environment` takes the rewards of its steps.',
  );

export const environment = toolRow({
  input: resolved.partial({ parameters: true, secret: true, timeout_s: true, max_calls: true, episodes: true }),
  resolved,
  nameOf: () => null,
  resolve: (tool) => overlay<z.infer<typeof resolved>>({ ...tool, ...DEFAULTS }, tool),
  problems: ({ parameters }, path) => (parameters ? parametersProblems(parameters, `${path}.parameters`) : []),
});
