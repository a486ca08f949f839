/** Uploads rows as a dataset and waits until the service has read them. */
import type { Client } from './client.js';
import { count } from '../../cli/terminal/figures.js';

/**
 * Answers the dataset's id.
 * @param rows JSON Lines
 * @throws {Error} also when the service rejects a row
 */
export async function upload(
  { bough, screen, signal }: Client,
  name: string,
  kind: 'rl' | 'sft' | 'corpus',
  rows: string,
): Promise<string> {
  screen.live(`uploading ${name}`);
  const { id } = await bough.uploadDataset(new File([rows], `${name}.jsonl`), { kind, name, signal });
  const dataset = await bough.waitForDataset(id, { signal });
  const [rejected] = dataset.rejected_rows;
  if (rejected) throw new Error(`${name}, line ${rejected.line}: ${rejected.reason}`);
  screen.say(`  ${name}: ${count(dataset.num_examples ?? 0)} rows  ${id}`);
  return id;
}
