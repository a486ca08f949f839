/** What the API takes and answers about projects. */
import { z } from 'zod';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { pageOf } from '../../http/answer/page.js';
import { NO_LIMITS, ProjectLimits } from '../../spec/project-limits.js';
import { KEEP_ALL, Retention } from '../../spec/retention.js';
import type { Project } from '../../store/entities/project.entity.js';

const Kept = Retention.partial().describe('What is not given stays as it is; null keeps it for ever.');
const Limits = ProjectLimits.partial().describe('Limits that are not given stay as they are; null takes one away.');

export const NewProject = z
  .strictObject({
    name: z.string().min(1).max(200).describe('Of no other project.'),
    limits: Limits.optional(),
    retention: Kept.optional(),
  })
  .meta({ id: 'NewProject' });
export type NewProject = z.infer<typeof NewProject>;

export const ProjectChanges = z
  .strictObject({ limits: Limits.optional(), retention: Kept.optional() })
  .meta({ id: 'ProjectChanges' });
export type ProjectChanges = z.infer<typeof ProjectChanges>;

export const ProjectObject = z
  .object({
    id: z.string(),
    object: z.literal('project'),
    created_at: Seconds,
    name: z.string(),
    limits: ProjectLimits,
    retention: Retention,
    disabled_at: Seconds.nullable().describe('Since when its keys are refused; null: they are not.'),
  })
  .meta({ id: 'Project' });
export type ProjectObject = z.infer<typeof ProjectObject>;

export const ProjectList = pageOf(ProjectObject, 'ProjectList');

export function projectObject({ id, name, limits, retention, createdAt, disabledAt }: Project): ProjectObject {
  return {
    id,
    object: 'project',
    created_at: seconds(createdAt),
    name,
    limits: { ...NO_LIMITS, ...limits },
    retention: { ...KEEP_ALL, ...retention },
    disabled_at: seconds(disabledAt),
  };
}
