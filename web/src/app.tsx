/** The whole page: signing in, or the views of whoever has. */
import { Redirect, Route, Router, Switch } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { ApiProvider } from './api/api-provider.tsx';
import { useSession } from './session/session.ts';
import { SignIn } from './session/sign-in.tsx';
import { Shell } from './shell/shell.tsx';
import { Empty } from './ui/empty.tsx';
import { ChatView } from './views/chat/chat-view.tsx';
import { DatasetView } from './views/datasets/dataset-view.tsx';
import { DatasetsView } from './views/datasets/datasets-view.tsx';
import { ComparisonView } from './views/evaluations/comparison-view.tsx';
import { EvaluationView } from './views/evaluations/evaluation-view.tsx';
import { EvaluationsView } from './views/evaluations/evaluations-view.tsx';
import { KeysView } from './views/keys/keys-view.tsx';
import { CheckpointView } from './views/models/checkpoint-view.tsx';
import { ModelView } from './views/models/model-view.tsx';
import { ModelsView } from './views/models/models-view.tsx';
import { NewRunView } from './views/new-run/new-run-view.tsx';
import { RunView } from './views/run/run-view.tsx';
import { RunsView } from './views/runs/runs-view.tsx';
import { StepView } from './views/step/step-view.tsx';
import { TreeView } from './views/tree/tree-view.tsx';
import { WorkersView } from './views/workers/workers-view.tsx';

export function App() {
  const { key } = useSession();
  if (key === null) return <SignIn />;
  return (
    <ApiProvider key={key} apiKey={key}>
      <Router hook={useHashLocation}>
        <Shell>
          <Switch>
            <Route path="/">
              <Redirect to="/runs" replace />
            </Route>
            <Route path="/runs" component={RunsView} />
            <Route path="/new-run" component={NewRunView} />
            <Route path="/runs/:id">{({ id }) => <RunView key={id} id={id} />}</Route>
            <Route path="/runs/:id/steps/:step">
              {({ id, step }) => <StepView key={`${id}/${step}`} runId={id} step={Number(step)} />}
            </Route>
            <Route path="/evaluations" component={EvaluationsView} />
            <Route path="/evaluations/:a/against/:b">
              {({ a, b }) => <ComparisonView key={`${a}/${b}`} a={a} b={b} />}
            </Route>
            <Route path="/evaluations/:id">{({ id }) => <EvaluationView key={id} id={id} />}</Route>
            <Route path="/datasets" component={DatasetsView} />
            <Route path="/datasets/:id">{({ id }) => <DatasetView key={id} id={id} />}</Route>
            <Route path="/models" component={ModelsView} />
            <Route path="/models/:id">{({ id }) => <ModelView key={id} id={id} />}</Route>
            <Route path="/checkpoints/:id">{({ id }) => <CheckpointView key={id} id={id} />}</Route>
            <Route path="/chat">
              <ChatView />
            </Route>
            <Route path="/chat/:id">{({ id }) => <ChatView key={id} first={id} />}</Route>
            <Route path="/workers" component={WorkersView} />
            <Route path="/keys" component={KeysView} />
            <Route path="/trees/:id">{({ id }) => <TreeView key={id} id={id} />}</Route>
            <Route path="/trees/:id/:trajectory">
              {({ id, trajectory }) => <TreeView key={id} id={id} chosen={trajectory} />}
            </Route>
            <Route>
              <Empty title="There is no such page">The address names nothing that this page can show.</Empty>
            </Route>
          </Switch>
        </Shell>
      </Router>
    </ApiProvider>
  );
}
