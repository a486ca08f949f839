/** Puts examples into the OpenAPI document: requests that were written, and answers that a service has given. */
import type { OpenAPIObject } from '@nestjs/swagger';
import { ANSWER_EXAMPLES } from './answers.js';
import { REQUEST_EXAMPLES } from './requests.js';

/** As far as examples go into it; a reference has no content. */
interface Content {
  content?: Record<string, { example?: unknown; examples?: Record<string, unknown> }>;
}

export function withExamples(document: OpenAPIObject): OpenAPIObject {
  for (const item of Object.values(document.paths)) {
    for (const operation of [item.get, item.post, item.delete]) {
      const { operationId = '', requestBody, responses = {} } = operation ?? {};
      const request = (requestBody as Content | undefined)?.content?.['application/json'];
      const examples = REQUEST_EXAMPLES[operationId];
      if (request && examples) request.examples = examples;
      for (const [status, answer] of Object.entries(responses)) {
        const given = ANSWER_EXAMPLES[operationId]?.[status];
        for (const [type, body] of Object.entries((answer as Content).content ?? {})) {
          if (given && type in given) body.example = given[type];
        }
      }
    }
  }
  return document;
}
