/** The examples of the OpenAPI document are what a service takes and gives: each fits its schema, and no spec of them has a problem. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { REQUEST_EXAMPLES } from '../src/http/examples/requests.js';
import { planEvaluation } from '../src/modules/evaluations/evaluation-plan.js';
import { planRun } from '../src/modules/runs/run-plan.js';
import { EvaluationSpecInput } from '../src/spec/evaluation-spec.js';
import { ResolvedToolSpec } from '../src/spec/tools/index.js';
import { rewardProblems, RewardSpecInput } from '../src/spec/rewards/index.js';
import { RunSpecInput } from '../src/spec/run-spec.js';

interface Body {
  schema: object;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  operationId: string;
  requestBody?: { content: Record<string, Body> };
  responses: Record<string, { content?: Record<string, Body> }>;
}
const document = JSON.parse(readFileSync('openapi/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: object;
};
const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'document');

/** What a body has that does not fit its schema. */
function misfits(name: string, body: Body): string[] {
  const schema = JSON.parse(JSON.stringify(body.schema).replaceAll('"#/', '"document#/')) as object;
  const validate = ajv.compile(schema);
  const given = { ...(body.example === undefined ? {} : { example: { value: body.example } }), ...body.examples };
  if (Object.keys(given).length === 0) return [`${name} has no example`];
  return Object.entries(given).flatMap(([example, { value }]) =>
    validate(value) ? [] : [`${name}, ${example}: ${ajv.errorsText(validate.errors)}`],
  );
}

test.each(operations.map((operation) => [operation.operationId, operation] as const))(
  '%s shows what it takes and what it answers',
  (operationId, { requestBody, responses }) => {
    const request = requestBody?.content['application/json'];
    const answers = Object.entries(responses).flatMap(([status, { content = {} }]) =>
      status.startsWith('2') && content['application/json'] ? [[status, content['application/json']] as const] : [],
    );
    expect([
      ...(request ? misfits(`${operationId}, request`, request) : []),
      ...answers.flatMap(([status, body]) => misfits(`${operationId}, ${status}`, body)),
    ]).toEqual([]);
  },
);

const requests = (operationId: string) =>
  Object.entries(REQUEST_EXAMPLES[operationId] ?? {}).map(([name, { value }]) => [name, value] as const);

test.each(requests('createRun'))('the run %s has no problem', (_, value) => {
  expect(planRun(RunSpecInput.parse(value)).problems).toEqual([]);
});

test.each(requests('createEvaluation'))('the evaluation of a %s has no problem', (_, value) => {
  expect(planEvaluation(EvaluationSpecInput.parse(value), null).problems).toEqual([]);
});

test.each(requests('runGrader'))('the grader %s has no problem', (_, value) => {
  const { grader } = value as { grader: unknown };
  expect(rewardProblems(RewardSpecInput.parse(grader))).toEqual([]);
});

const typesOf = (schema: { options: readonly { shape: { type: { value: string } } }[] }) =>
  schema.options.map(({ shape }) => shape.type.value);

test('there is an example of each type of tool', () => {
  const shown = requests('createRun').flatMap(([, value]) => (value as { tools?: { type: string }[] }).tools ?? []);
  const types = new Set(shown.map(({ type }) => type));
  expect(typesOf(ResolvedToolSpec as never).filter((type) => !types.has(type))).toEqual([]);
});
