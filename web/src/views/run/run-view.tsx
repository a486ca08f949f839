/** A run while it happens, and afterwards. */
import { Tabs } from '@base-ui/react/tabs';
import { useState } from 'react';
import { useEvents, useLiveRun, useMetrics, useRun, isFinal, type Liveness, type Run } from '../../api/runs.ts';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Status } from '../../ui/status.tsx';
import { Checkpoints } from './checkpoints.tsx';
import { Curves } from './curves.tsx';
import { Events } from './events.tsx';
import { RunActions } from './run-actions.tsx';
import { RunFigures } from './run-figures.tsx';
import { RunProgress } from './run-progress.tsx';
import { SpecPanel } from './spec-panel.tsx';
import { Steps } from './steps.tsx';

export function RunView({ id }: { id: string }) {
  const run = useRun(id);
  const metrics = useMetrics(id);
  const events = useEvents(id);
  const liveness = useLiveRun(id, events.data);
  const [tab, setTab] = useState('curves');
  if (run.error && !run.data) return <ErrorBox error={run.error} onRetry={() => void run.refetch()} />;
  if (!run.data) return <Loading what="the run" />;
  const { data } = run;
  const rows = metrics.data ?? [];
  return (
    <>
      <PageHead
        title={data.name ?? data.id}
        trail={[['Runs', '/runs']]}
        beside={
          <>
            <Status value={data.status} />
            <Live run={data} liveness={run.isRefetchError ? 'lost' : liveness} />
          </>
        }
        actions={<RunActions run={data} />}
      />
      <RunProgress run={data} />
      {data.error && (
        <Notice level="error">
          <b>{data.error.code}</b> {data.error.message}
        </Notice>
      )}
      {data.ended_early && <Notice level="info">{data.ended_early.message}</Notice>}
      {data.warnings.map((warning) => (
        <Notice key={warning} level="warn">
          {warning}
        </Notice>
      ))}
      <RunFigures run={data} />
      <Tabs.Root className="tabs" value={tab} onValueChange={(value) => setTab(String(value))}>
        <Tabs.List className="tab-list">
          <Tab value="curves">Curves</Tab>
          <Tab value="steps">Steps</Tab>
          <Tab value="events">Events</Tab>
          <Tab value="checkpoints">Checkpoints</Tab>
          <Tab value="spec">Spec</Tab>
        </Tabs.List>
        <Tabs.Panel value="curves">
          {metrics.error ? <ErrorBox error={metrics.error} /> : <Curves run={data} rows={rows} />}
        </Tabs.Panel>
        <Tabs.Panel value="steps">
          <Steps run={data} rows={rows} />
        </Tabs.Panel>
        <Tabs.Panel value="events">
          {events.error ? <ErrorBox error={events.error} /> : events.data && <Events id={id} events={events.data} />}
        </Tabs.Panel>
        <Tabs.Panel value="checkpoints">
          <Checkpoints run={data} />
        </Tabs.Panel>
        <Tabs.Panel value="spec">
          <SpecPanel run={data} />
        </Tabs.Panel>
      </Tabs.Root>
    </>
  );
}

function Tab({ value, children }: { value: string; children: string }) {
  return (
    <Tabs.Tab value={value} className="tab">
      {children}
    </Tabs.Tab>
  );
}

/** Whether what is shown is what happens. */
function Live({ run, liveness }: { run: Run; liveness: Liveness }) {
  if (isFinal(run.status)) return null;
  if (liveness === 'live') return <span className="live">live</span>;
  if (liveness === 'lost') return <span className="live live-lost">not connected</span>;
  return <span className="live live-wait">connecting …</span>;
}
