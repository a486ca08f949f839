/** The handler for a trainer that makes a model or looks at one: what it finds is kept here. */
import type { ModelFacts } from '../../spec/model-spec.js';
import type { StorableMessage } from '../trainer/trainer-handler.js';
import { LogOnlyHandler } from './log-only-handler.js';

export class ModelHandler extends LogOnlyHandler {
  /** Null until the trainer has told them. */
  facts: ModelFacts | null = null;

  override store(message: StorableMessage): Promise<void> {
    if (message.type !== 'model_facts') return super.store(message);
    this.facts = message.facts;
    return Promise.resolve();
  }
}
