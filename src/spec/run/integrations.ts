/** Experiment trackers that a run is told to: one row for each. How each is spoken to is in `modules/integrations`. */
import { z } from 'zod';
import { overlay } from '../overlay.js';
import { SecretName } from '../secret-name.js';
import { ServerUrl } from '../server-url.js';

const DEFAULTS = { secret: null, run_name: null, trajectories: null };

const sampled = z
  .strictObject({
    every_steps: z.int().min(1).describe('Of each step whose number is a multiple of this. Default 10.'),
    count: z.int().min(1).max(100).describe('Of a step, from as many of its prompts as there are. Default 4.'),
  })
  .describe('Trajectories that are sent as well: prompt, response, reward.');
const SAMPLED_DEFAULTS = { every_steps: 10, count: 4 };

const common = {
  url: ServerUrl.describe(
    'Where its server is, such as `https://mlflow.example.com`; public, unless the operator allows its network (ALLOWED_NETWORKS).',
  ),
  run_name: z.string().min(1).max(200).nullable().describe('Default: the name of the run, or else its id.'),
  trajectories: sampled.nullable().describe('Default null: metrics alone.'),
};

const mlflow = z.strictObject({
  type: z.literal('mlflow'),
  ...common,
  secret: SecretName.nullable().describe(
    'Name of the secret that is sent as a bearer token, or as `user:password` with basic authentication. Default null: none is.',
  ),
  experiment: z.string().min(1).max(500).describe('Is made where there is none of this name. Default bough.'),
});

const trackio = z.strictObject({
  type: z.literal('trackio'),
  ...common,
  secret: SecretName.nullable().describe('Name of the secret that is the write token of the server.'),
  project: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, 'must have 1 to 100 letters, digits, dots, hyphens and underscores')
    .describe('Default bough.'),
});

const WANDB_URL = 'https://api.wandb.ai';

const wandb = z.strictObject({
  type: z.literal('wandb'),
  ...common,
  url: common.url.describe(
    `Where its API is: that of a server of one's own, such as \`https://wandb.example.com\`. Default ${WANDB_URL}.`,
  ),
  secret: SecretName.describe('Name of the secret that is the API key.'),
  entity: z
    .string()
    .min(1)
    .max(200)
    .nullable()
    .describe('The user or team that the project is of. Default null: the default of the API key.'),
  project: z
    .string()
    .regex(/^[^/\\#?%:]{1,128}$/, 'must have 1 to 128 characters, and none of / \\ # ? % :')
    .describe('Is made where there is none of this name. Default bough.'),
});

export const ResolvedIntegration = z
  .discriminatedUnion('type', [mlflow, trackio, wandb])
  .meta({ id: 'ResolvedIntegration', description: 'An integration with every default filled in.' });
export type ResolvedIntegration = z.infer<typeof ResolvedIntegration>;
export type IntegrationOf<T extends ResolvedIntegration['type']> = Extract<ResolvedIntegration, { type: T }>;

const optional = { secret: true, run_name: true, trajectories: true } as const;
const sampling = { trajectories: sampled.partial().nullable().optional().describe('Default null: metrics alone.') };

export const IntegrationInput = z
  .discriminatedUnion('type', [
    mlflow.partial({ ...optional, experiment: true }).extend(sampling),
    trackio.partial({ ...optional, project: true }).extend(sampling),
    wandb.partial({ url: true, run_name: true, trajectories: true, entity: true, project: true }).extend(sampling),
  ])
  .meta({ id: 'Integration' });
type IntegrationInput = z.infer<typeof IntegrationInput>;

export const MAX_INTEGRATIONS = 5;

export function resolveIntegration(input: IntegrationInput): ResolvedIntegration {
  const { trajectories: asked, ...given } = input;
  const trajectories = asked ? overlay(SAMPLED_DEFAULTS, asked) : null;
  if (given.type === 'mlflow') {
    const { type, url } = given;
    return {
      ...overlay<IntegrationOf<'mlflow'>>({ type, url, experiment: 'bough', ...DEFAULTS }, given),
      trajectories,
    };
  }
  if (given.type === 'wandb') {
    const { type, secret } = given;
    const { secret: _, ...defaults } = DEFAULTS;
    const own = { type, secret, url: WANDB_URL, entity: null, project: 'bough' };
    return { ...overlay<IntegrationOf<'wandb'>>({ ...own, ...defaults }, given), trajectories };
  }
  const { type, url } = given;
  return { ...overlay<IntegrationOf<'trackio'>>({ type, url, project: 'bough', ...DEFAULTS }, given), trajectories };
}
