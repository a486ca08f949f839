/** The spec that a form writes, as its fields see it. */
import { createContext, useContext } from 'react';
import type { Path } from './paths.ts';

export interface Problem {
  /** As the API names a field. */
  readonly path: string;
  readonly message: string;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Form {
  readonly read: (path: Path) => unknown;
  /** With undefined the field has its default. */
  readonly write: (path: Path, value: unknown) => void;
  /** What the field has when it is not given, as far as it is known. */
  readonly defaultOf: (path: Path) => unknown;
  readonly problems: readonly Problem[];
  readonly datasets: readonly Named[];
  readonly models: readonly Named[];
}

export const FormContext = createContext<Form | null>(null);

export function useForm(): Form {
  const form = useContext(FormContext);
  if (!form) throw new Error('useForm is called outside of a form');
  return form;
}
