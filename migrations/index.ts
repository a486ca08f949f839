/** Every migration, oldest first. Append only: a migration that was released is never edited. */
import { CreateTables1763800000000 } from './1763800000000-create-tables.js';
import { CreateRunPreviews1763900000000 } from './1763900000000-create-run-previews.js';
import { CreateExports1764000000000 } from './1764000000000-create-exports.js';
import { BringModels1764100000000 } from './1764100000000-bring-models.js';
import { LimitResults1764250000000 } from './1764250000000-limit-results.js';
import { CountEvaluationApart1764250100000 } from './1764250100000-count-evaluation-apart.js';
import { IndexFilters1764260000000 } from './1764260000000-index-filters.js';
import { RecordForks1764270000001 } from './1764270000001-record-forks.js';
import { NameLanes1764280000000 } from './1764280000000-name-lanes.js';
import { NameBranching1764290000000 } from './1764290000000-name-branching.js';
import { RecordUses1764300000000 } from './1764300000000-record-uses.js';
import { WarnOfEvaluations1764310000000 } from './1764310000000-warn-of-evaluations.js';
import { ShapeOverlongRewards1764320000000 } from './1764320000000-shape-overlong-rewards.js';
import { CreateSecrets1764330000000 } from './1764330000000-create-secrets.js';
import { WarnOfSpecs1764340000000 } from './1764340000000-warn-of-specs.js';
import { CreateToolResults1764350000000 } from './1764350000000-create-tool-results.js';
import { NameReleasedChoices1764360000000 } from './1764360000000-name-released-choices.js';
import { SayCallSyntax1764370000000 } from './1764370000000-say-call-syntax.js';
import { PauseRuns1764380000000 } from './1764380000000-pause-runs.js';
import { SayNoPools1764390000000 } from './1764390000000-say-no-pools.js';
import { CreateRescores1764400000000 } from './1764400000000-create-rescores.js';
import { ScopeKeys1764410000000 } from './1764410000000-scope-keys.js';
import { DisableProjects1764420000000 } from './1764420000000-disable-projects.js';
import { WarnOfDatasets1764430000000 } from './1764430000000-warn-of-datasets.js';
import { NameBenchmarks1764430100000 } from './1764430100000-name-benchmarks.js';
import { CountProviderCalls1764430200000 } from './1764430200000-count-provider-calls.js';
import { LimitProjects1764440000000 } from './1764440000000-limit-projects.js';
import { CreateWebhooks1764450000000 } from './1764450000000-create-webhooks.js';
import { KeepBestCheckpoints1764460000000 } from './1764460000000-keep-best-checkpoints.js';
import { WeighLikelihood1764470000000 } from './1764470000000-weigh-likelihood.js';
import { LimitToolCalls1764480000000 } from './1764480000000-limit-tool-calls.js';
import { NameCallDelimiters1764490000000 } from './1764490000000-name-call-delimiters.js';
import { PlaceEvaluations1764700000000 } from './1764700000000-place-evaluations.js';
import { IndexCorpora1764710000000 } from './1764710000000-index-corpora.js';
import { ChoosePythonRuntimes1764730000000 } from './1764730000000-choose-python-runtimes.js';
import { NameTags1764740000000 } from './1764740000000-name-tags.js';
import { EmbedCorpora1764750000000 } from './1764750000000-embed-corpora.js';
import { DescribeEvaluations1764770000000 } from './1764770000000-describe-evaluations.js';
import { CreateExternalRollouts1764780000000 } from './1764780000000-create-external-rollouts.js';
import { RetainForATime1764790000000 } from './1764790000000-retain-for-a-time.js';
import { TellTrackers1764790100000 } from './1764790100000-tell-trackers.js';
import { TraceJobs1764800000000 } from './1764800000000-trace-jobs.js';
import { KeepSegmentsWhole1764800100000 } from './1764800100000-keep-segments-whole.js';
import { SizeWorlds1764810000000 } from './1764810000000-size-worlds.js';

export const migrations = [
  CreateTables1763800000000,
  CreateRunPreviews1763900000000,
  CreateExports1764000000000,
  BringModels1764100000000,
  LimitResults1764250000000,
  CountEvaluationApart1764250100000,
  IndexFilters1764260000000,
  RecordForks1764270000001,
  NameLanes1764280000000,
  NameBranching1764290000000,
  RecordUses1764300000000,
  WarnOfEvaluations1764310000000,
  ShapeOverlongRewards1764320000000,
  CreateSecrets1764330000000,
  WarnOfSpecs1764340000000,
  CreateToolResults1764350000000,
  NameReleasedChoices1764360000000,
  SayCallSyntax1764370000000,
  PauseRuns1764380000000,
  SayNoPools1764390000000,
  CreateRescores1764400000000,
  ScopeKeys1764410000000,
  DisableProjects1764420000000,
  WarnOfDatasets1764430000000,
  NameBenchmarks1764430100000,
  CountProviderCalls1764430200000,
  LimitProjects1764440000000,
  CreateWebhooks1764450000000,
  KeepBestCheckpoints1764460000000,
  WeighLikelihood1764470000000,
  LimitToolCalls1764480000000,
  NameCallDelimiters1764490000000,
  PlaceEvaluations1764700000000,
  IndexCorpora1764710000000,
  ChoosePythonRuntimes1764730000000,
  NameTags1764740000000,
  EmbedCorpora1764750000000,
  DescribeEvaluations1764770000000,
  CreateExternalRollouts1764780000000,
  RetainForATime1764790000000,
  TellTrackers1764790100000,
  TraceJobs1764800000000,
  KeepSegmentsWhole1764800100000,
  SizeWorlds1764810000000,
];
