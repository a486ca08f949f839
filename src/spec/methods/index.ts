/**
 * The methods of the contract: one row for each, in the order in which they are documented. All that differs between methods before a trainer starts is
 * asked of these rows. A new method is a file here, a row, and how it trains in `src/trainer`.
 */
import { aepo } from './aepo.js';
import { arpo } from './arpo.js';
import { cispo } from './cispo.js';
import { dapo } from './dapo.js';
import { dpo } from './dpo.js';
import { drGrpo } from './dr-grpo.js';
import { gigpo } from './gigpo.js';
import { grpo } from './grpo.js';
import { gspo } from './gspo.js';
import { reinforcePlusPlus } from './reinforce-plus-plus.js';
import { rloo } from './rloo.js';
import { sft } from './sft.js';

export const METHODS = [arpo, aepo, grpo, dapo, drGrpo, gspo, cispo, reinforcePlusPlus, rloo, gigpo, sft, dpo] as const;

export type MethodRow = (typeof METHODS)[number];
/** What `method` of a run can say. */
export type Method = MethodRow['name'];

export const METHOD_NAMES = METHODS.map(({ name }) => name) as [Method, ...Method[]];
