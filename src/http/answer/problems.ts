/** What is wrong with a request, as problems with paths: from zod's issues, and from the checks of a specification. */
import { AppError } from '../../errors/app-error.js';
import { isStorable } from '../../store/storable-text.js';
import type { Problem } from '../../errors/error-table.js';

/** The parts of a zod issue that are used here. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly errors?: readonly (readonly Issue[])[];
  readonly options?: readonly unknown[];
  readonly input?: unknown;
}

const BOUNDS = ['too_big', 'too_small'];

/** `['tools', 0, 'timeout_s']` as `tools[0].timeout_s`. */
export function pathText(path: NonNullable<Issue['path']>): string {
  return path
    .map((part) => (typeof part === 'object' ? part.key : part))
    .reduce<string>((text, part) => {
      if (typeof part === 'number') return `${text}[${part}]`;
      return text === '' ? String(part) : `${text}.${String(part)}`;
    }, '');
}

/** `tools.0.type` as `tools[0].type`. */
export function bracketed(path: string): string {
  return path.replace(/\.(\d+)(?=\.|$)/g, '[$1]');
}

/** Every problem, each at the field at fault; of a union the branch that was most likely meant. */
export function problemsOf(issues: readonly Issue[], base: NonNullable<Issue['path']> = []): Problem[] {
  return withoutWiderBounds(issues).flatMap((issue) => {
    const path = [...base, ...(issue.path ?? [])];
    if (issue.code === 'unrecognized_keys') {
      return (issue.keys ?? []).map((key) => ({ path: pathText([...path, key]), message: 'unknown field' }));
    }
    if (issue.code === 'invalid_union') return unionProblems(issue, path);
    return [{ path: pathText(path), message: sentence(issue) }];
  });
}

/** Without the first of two bounds that a number is beyond, which is that of all integers and says less. */
function withoutWiderBounds(issues: readonly Issue[]): Issue[] {
  const kindOf = ({ code, path = [] }: Issue) => `${code} ${pathText(path)}`;
  const last = new Map(issues.map((issue) => [kindOf(issue), issue]));
  return issues.filter((issue) => !BOUNDS.includes(issue.code ?? '') || last.get(kindOf(issue)) === issue);
}

function unionProblems(issue: Issue, path: NonNullable<Issue['path']>): Problem[] {
  if (issue.options) {
    const expected = `expected one of ${issue.options.map(String).join(', ')}`;
    // Else a schema has words of its own.
    const message = issue.message.startsWith('Invalid ') ? expected : issue.message;
    return [{ path: pathText(path), message }];
  }
  const branches = issue.errors ?? [];
  const tagged = branches.filter((branch) => !branch.some(isWrongTag));
  const typed = tagged.filter((branch) => !branch.some(isWrongType));
  const meant = typed.length > 0 ? typed : tagged;
  const [best] = (meant.length > 0 ? meant : branches).toSorted((a, b) => depth(b) - depth(a) || a.length - b.length);
  if (meant.length > 0 && best) return problemsOf(best, path);
  const tags = branches.flatMap((branch) => branch.filter(isWrongTag));
  const values = [...new Set(tags.flatMap((tag) => (tag.values ?? tag.options ?? []).map(String)))];
  if (values.length === 0) return [{ path: pathText(path), message: sentence(issue) }];
  return [{ path: pathText([...path, ...(tags[0]?.path ?? [])]), message: `expected one of ${values.join(', ')}` }];
}

/** The literal that names a branch (`type: 'python'`) is another one. Those further inside name no branch of this union. */
function isWrongTag(issue: Issue): boolean {
  if ((issue.path ?? []).length > 1) return false;
  return (
    (issue.code === 'invalid_value' && issue.values?.length === 1) ||
    (issue.code === 'invalid_union' && issue.options !== undefined)
  );
}

/** The value is of another type than the branch takes. */
const isWrongType = (issue: Issue): boolean => issue.code === 'invalid_type' && (issue.path ?? []).length === 0;

/** How far into the value the branch agreed. */
function depth(branch: readonly Issue[]): number {
  return Math.min(...branch.map((issue) => issue.path?.length ?? 0));
}

function sentence({ message, values }: Issue): string {
  if (message.endsWith(', received undefined')) return 'is required';
  if (values !== undefined) return `expected ${values.length > 1 ? 'one of ' : ''}${values.map(String).join(', ')}`;
  return message.replace(/^Invalid input: /, '');
}

/** Texts within the value that PostgreSQL cannot hold. */
export function unstorableTexts(value: unknown, path: NonNullable<Issue['path']> = []): Problem[] {
  if (typeof value === 'string') {
    if (isStorable(value)) return [];
    return [{ path: pathText(path), message: 'must not contain U+0000 or half of a surrogate pair' }];
  }
  if (Array.isArray(value)) return value.flatMap((one, i) => unstorableTexts(one, [...path, i]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [
    ...(isStorable(key) ? [] : unstorableTexts(key, path)),
    ...unstorableTexts(one, [...path, key]),
  ]);
}

/**
 * Refuses a specification that cannot run; does nothing when there are no problems.
 * @throws {AppError} UNPROCESSABLE_SPEC naming all of them
 */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const named = problems.map(({ path, message }) => ({ path: bracketed(path), message }));
  throw new AppError('UNPROCESSABLE_SPEC', { problems: named });
}
