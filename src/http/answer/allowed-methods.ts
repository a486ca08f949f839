/** Which methods a path has, asked of the router when it has found no route. */
import type { Request } from 'express';

/** What is used here of Express's layers. */
interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** In capitals; none when the path is unknown. A path that has a route of its own is no value of another's parameter. */
export function allowedMethods(request: Request): string[] {
  const { stack } = request.app.router as unknown as { stack: readonly Layer[] };
  const routes = stack.flatMap((layer) => (layer.route && matches(layer, request.path) ? [layer.route] : []));
  const own = routes.filter(({ path }) => path === request.path);
  const found = new Set<string>();
  for (const { methods } of own.length > 0 ? own : routes) {
    for (const method of Object.keys(methods)) found.add(method.toUpperCase());
  }
  if (found.has('GET')) found.add('HEAD');
  return [...found].sort();
}

function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
