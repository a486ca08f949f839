/** The spec of a run with every default filled in, and where it ran. */
import type { Run } from '../../api/runs.ts';
import { curlCommand } from '../../format/curl.ts';
import { Copy } from '../../ui/copy.tsx';
import { JsonDocument } from '../../ui/json-document.tsx';

export function SpecPanel({ run }: { run: Run }) {
  return (
    <div className="spec">
      <JsonDocument
        title="Spec"
        value={run.spec}
        beside={<Copy label="Copy curl" text={curlCommand(location.origin, '/v1/runs', run.spec)} />}
      />
      <JsonDocument title="Manifest" value={run.manifest} />
    </div>
  );
}
