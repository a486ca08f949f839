/** The part of docs/benchmarks.md that is about the service, written from results. Pure. */
import { SERVICE_HEADING } from '../harness/document.js';
import type { QuantityResult, Results } from '../harness/results.js';
import { benchmarkTables, provenanceTable } from '../harness/table.js';
import type { ServiceBenchmark } from './benchmark.js';

export interface ServiceResult extends Pick<ServiceBenchmark, 'title' | 'how' | 'rounds'> {
  name: string;
  quantities: QuantityResult[];
}

export interface ServiceResults extends Pick<Results, 'date' | 'commit' | 'command' | 'machine'> {
  benchmarks: ServiceResult[];
}

export function servicePart({ benchmarks, ...provenance }: ServiceResults): string {
  return `${SERVICE_HEADING}

The API, on a PostgreSQL and a Redis of its own. Each cell is the median ± half the interquartile range over rounds in which the contenders take turns; a ratio is the first
column's figure over that of its column. Client, API and PostgreSQL share the machine.

${provenanceTable({ ...provenance, versions: { node: process.versions.node } })}

${benchmarks.map(section).join('\n\n')}
`;
}

function section({ name, title, how, rounds, quantities }: ServiceResult): string {
  return `## ${title}

${how}

${benchmarkTables({ quantities })}

\`npm run bench:service -- ${name}\`: rounds: ${rounds}.`;
}
