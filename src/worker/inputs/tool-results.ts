/** The stored answers of one server to one project: content-addressed, first come first kept. */
import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { withoutSecrets } from '../../outgoing/without-secrets.js';
import { ToolResult } from '../../store/entities/tool-result.entity.js';
import { storableText } from '../../store/storable-text.js';
import { retryTransient } from '../claim/retry-transient.js';

type Stored = Pick<ToolResult, 'outcome' | 'text'>;

export class ToolResults {
  /**
   * @param server whose answers they are, as JSON
   * @param secrets are cut out of what is stored
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly projectId: string,
    private readonly server: unknown,
    private readonly secrets: readonly string[],
  ) {}

  find(asked: unknown, signal: AbortSignal): Promise<Stored | null> {
    const where = { projectId: this.projectId, key: this.keyOf(asked) };
    return retryTransient(() => this.dataSource.manager.findOneBy(ToolResult, where), signal);
  }

  async keep(asked: unknown, { outcome, text }: Stored, signal: AbortSignal): Promise<void> {
    const shown = storableText(withoutSecrets(text, this.secrets));
    const row = { projectId: this.projectId, key: this.keyOf(asked), outcome, text: shown };
    const insert = this.dataSource.manager.createQueryBuilder().insert().into(ToolResult).values(row).orIgnore();
    await retryTransient(() => insert.execute(), signal);
  }

  private keyOf(asked: unknown): string {
    return createHash('sha256')
      .update(canonical([this.server, asked]))
      .digest('hex');
  }
}

/** JSON in which the order of an object's fields does not count. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
