/** Writes the spec of a run: as a form made from its schema, or as JSON. A check says what is wrong with it, and what it would take. */
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { BoughError } from '../../api/api.ts';
import { useDatasets } from '../../api/datasets.ts';
import { useModels } from '../../api/models.ts';
import { useDocument, usePreview, useStartPreview, useStartRun } from '../../api/new-run.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Loading } from '../../ui/loading.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Prose } from '../../ui/prose.tsx';
import { Estimate } from './estimate.tsx';
import { Fields } from './field.tsx';
import { FormContext, type Form, type Problem } from './form.ts';
import { valueAt, withValue, type Spec } from './paths.ts';
import { Problems } from './problems.tsx';
import { resolved, shapeOf, type Field, type Schemas } from './schema.ts';
import { Section } from './section.tsx';
import { SpecText } from './spec-text.tsx';

interface Document {
  readonly components: { readonly schemas: Schemas };
}

/** Fields that nobody can do without come first; the others are folded by group, those first that are changed most. */
const FIRST = ['name', 'model', 'dataset', 'tools', 'reward'];
const FOLDED = ['training', 'rollout', 'advantage', 'optimizer', 'evaluation', 'budget', 'checkpoint', 'prompt'];
const rank = ({ name }: Field) => (FOLDED.includes(name) ? FOLDED.indexOf(name) : FOLDED.length);

export function NewRunView() {
  const [, go] = useLocation();
  const [spec, setSpec] = useState<Spec>({ method: 'arpo' });
  const document = useDocument<Document>();
  const { items: datasets = [] } = useDatasets();
  const { items: models = [] } = useModels();
  const asked = useStartPreview();
  const preview = usePreview(asked.data);
  const start = useStartRun();
  const failure = start.error ?? asked.error ?? preview.error;
  const problems = useMemo(() => problemsOf(failure, asked.data?.problems ?? []), [failure, asked.data]);
  const form = useMemo<Form>(
    () => ({
      read: (path) => valueAt(spec, path),
      write: (path, value) => setSpec((now) => withValue(now, path, value)),
      defaultOf: (path) => valueAt(asked.data?.spec, path),
      problems,
      datasets: datasets.filter(({ status }) => status !== 'failed'),
      models: models.filter(({ status }) => status !== 'failed'),
    }),
    [spec, asked.data, problems, datasets, models],
  );
  const { methods, about } = useMemo(() => methodsOf(document.data), [document.data]);
  if (document.error) return <ErrorBox error={document.error} />;
  if (!document.data) return <Loading what="the schema" />;
  const method = String(spec['method']);
  const fields = methods[method] ?? [];
  const known = new Set([...FIRST, ...fields.map(({ name }) => name), 'method']);
  const post = () =>
    start.mutate(spec, {
      onSuccess: ({ id }) => go(`/runs/${id}`),
    });
  return (
    <FormContext value={form}>
      <PageHead
        title="New run"
        trail={[['Runs', '/runs']]}
        actions={
          <>
            <Button disabled={asked.isPending} onClick={() => asked.mutate(spec, { onSettled: start.reset })}>
              Check
            </Button>
            <Button kind="primary" disabled={start.isPending} onClick={post}>
              Start run
            </Button>
          </>
        }
      />
      <Problems problems={problems} known={known} />
      {failure && problems.length === 0 && <ErrorBox error={failure} />}
      <div className="new-run">
        <div className="new-run-form">
          <section className="card form">
            <label className="field">
              <span className="field-label mono">
                method<span className="bad"> *</span>
              </span>
              <select
                className="select"
                id="method"
                value={method}
                onChange={(event) => setSpec({ ...spec, method: event.target.value })}
              >
                {Object.keys(methods).map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
              <span className="field-hint">
                <Prose text={about[method] ?? ''} />
              </span>
            </label>
            <Fields fields={fields.filter(({ name }) => FIRST.includes(name))} path={[]} />
          </section>
          {fields
            .filter(({ name }) => !FIRST.includes(name))
            .toSorted((a, b) => rank(a) - rank(b))
            .map((field) => (
              <Section
                key={field.name}
                field={field}
                given={valueAt(spec, [field.name])}
                problems={within(problems, field)}
              />
            ))}
        </div>
        <aside className="new-run-side">
          {preview.data && <Estimate preview={preview.data} />}
          <SpecText spec={spec} onChange={setSpec} />
        </aside>
      </div>
    </FormContext>
  );
}

const within = (problems: readonly Problem[], { name }: Field) =>
  problems.filter(({ path }) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`));

/** What the service refuses comes with its places; a preview says them in its answer. */
function problemsOf(failure: Error | null, found: readonly Problem[]): readonly Problem[] {
  if (!(failure instanceof BoughError)) return found;
  if (failure.problems.length > 0) return failure.problems;
  return failure.param === null ? found : [{ path: failure.param, message: failure.message }];
}

function methodsOf(document: Document | undefined): {
  methods: Readonly<Record<string, readonly Field[]>>;
  about: Readonly<Record<string, string | undefined>>;
} {
  if (!document) return { methods: {}, about: {} };
  const { schemas } = document.components;
  const shape = shapeOf({ $ref: `#/components/schemas/RunSpec` }, schemas);
  const members = resolved({ $ref: `#/components/schemas/RunSpec` }, schemas).oneOf ?? [];
  const about = members.map((member) => {
    const method = resolved(member, schemas).properties?.['method'];
    return [method?.enum?.[0] ?? '', method?.description] as const;
  });
  return { methods: shape.kind === 'union' ? shape.members : {}, about: Object.fromEntries(about) };
}
