/** Reads and writes parts of a spec by where they are. Pure: a spec is not changed, there is another one. */

export type Path = readonly (string | number)[];
export type Spec = Readonly<Record<string, unknown>>;

/** As the API names a field: `tools[0].url`. */
export function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[part] : undefined),
    value,
  );
}

/** @param given undefined: takes the field away, and the objects that are empty without it */
export function withValue(spec: Spec, path: Path, given: unknown): Spec {
  return (changed(spec, path, given) ?? {}) as Spec;
}

function changed(value: unknown, [part, ...rest]: Path, given: unknown): unknown {
  if (part === undefined) return given;
  const inner = changed(valueAt(value, [part]), rest, given);
  if (typeof part === 'number') {
    const list = Array.isArray(value) ? [...(value as unknown[])] : [];
    if (inner === undefined && rest.length === 0) list.splice(part, 1);
    // An element stays, also without fields: what is behind it keeps its place.
    else list[part] = inner ?? {};
    return list.length > 0 ? list : undefined;
  }
  const { [part]: _, ...others } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (inner !== undefined) return { ...(value as object | null | undefined), [part]: inner };
  return Object.keys(others).length > 0 ? others : undefined;
}
