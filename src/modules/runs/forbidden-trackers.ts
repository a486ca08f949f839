/** Trackers to which no request may go: said before a run depends on them, and not only when it has something to tell. */
import { AddressGuard, Refusal } from '../../outgoing/address-guard.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import type { SpecProblem } from '../../spec/problem.js';
import type { ResolvedIntegration } from '../../spec/run/integrations.js';

/** A problem for each. A name that cannot be resolved now is none. */
export async function forbiddenTrackers(
  integrations: readonly ResolvedIntegration[],
  { allowedNetworks }: { readonly allowedNetworks: readonly string[] },
): Promise<SpecProblem[]> {
  const outgoing = new Outgoing(new AddressGuard(allowedNetworks));
  const problems = integrations.map(async ({ url }, i): Promise<SpecProblem[]> => {
    try {
      await outgoing.check(new URL(url));
      return [];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return [{ path: `integrations.${i}.url`, message: error.message }];
    }
  });
  return (await Promise.all(problems)).flat();
}
