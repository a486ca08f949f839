/** The OpenAPI document as it is tested: with ids that exist, and without what no request can be made of. Changes nothing else of it. */
import type { Ids } from './objects.js';

interface Operation {
  readonly operationId: string;
  readonly parameters?: { in: string; name: string; schema: object }[];
  readonly responses: Record<string, { content?: Record<string, unknown> }>;
}

type Document = { readonly paths: Record<string, Record<string, Operation>> };

/** The key that the requests are made with must stay. */
const LEFT_OUT = 'deleteKey';

export function testableDocument(published: unknown, ids: Ids): { document: object; operations: number } {
  const document = published as Document;
  let operations = 0;
  for (const [path, item] of Object.entries(document.paths)) {
    const existing = ids[path.split('/')[2]!] ?? [];
    for (const [method, operation] of Object.entries(item)) {
      if (operation.operationId === LEFT_OUT) {
        delete item[method];
        continue;
      }
      operations++;
      for (const parameter of operation.parameters ?? []) {
        const isId = parameter.in === 'path' && parameter.name === 'id' && existing.length > 0;
        if (isId) parameter.schema = { anyOf: [{ enum: existing }, parameter.schema] };
      }
      // A stream ends when its run does: a request that waits for it proves nothing.
      delete operation.responses['200']?.content?.['text/event-stream'];
    }
  }
  return { document, operations };
}
