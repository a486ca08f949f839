/** The composition root of the API process. Loads no engine. Of the tools it has the sandbox, in which Python rewards are tried. */
import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './config/config.js';
import { HttpModule } from './http/http.module.js';
import { BenchmarksModule } from './modules/benchmarks/benchmarks.module.js';
import { ChatModule } from './modules/chat/chat.module.js';
import { CheckpointsModule } from './modules/checkpoints/checkpoints.module.js';
import { DatasetsModule } from './modules/datasets/datasets.module.js';
import { EvaluationsModule } from './modules/evaluations/evaluations.module.js';
import { EventsModule } from './modules/events/events.module.js';
import { ExportsModule } from './modules/exports/exports.module.js';
import { ExternalRolloutsModule } from './modules/external-rollouts/external-rollouts.module.js';
import { GradersModule } from './modules/graders/graders.module.js';
import { HealthModule } from './modules/health/health.module.js';
import { KeysModule } from './modules/keys/keys.module.js';
import { IntegrationsModule } from './modules/integrations/integrations.module.js';
import { MaintenanceModule } from './modules/maintenance/maintenance.module.js';
import { MetricsModule } from './modules/metrics/metrics.module.js';
import { ModelsModule } from './modules/models/models.module.js';
import { MonitoringModule } from './modules/monitoring/monitoring.module.js';
import { ProjectsModule } from './modules/projects/projects.module.js';
import { RescoresModule } from './modules/rescores/rescores.module.js';
import { RolloutsModule } from './modules/rollouts/rollouts.module.js';
import { RunsModule } from './modules/runs/runs.module.js';
import { SecretsModule } from './modules/secrets/secrets.module.js';
import { UsageModule } from './modules/usage/usage.module.js';
import { UpdatesModule } from './modules/updates/updates.module.js';
import { WebhooksModule } from './modules/webhooks/webhooks.module.js';
import { WorkersModule } from './modules/workers/workers.module.js';
import { QueueModule } from './queue/queue.module.js';
import { REQUEST_SILENCE_MS } from './store/data-source.js';
import { StoreModule } from './store/store.module.js';
import { TracingModule } from './tracing/tracing.module.js';

@Module({})
export class ApiModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        StoreModule.forRoot(config, { silenceMs: REQUEST_SILENCE_MS }),
        QueueModule.forRoot(config.redisUrl),
        HttpModule.forRoot(config),
        KeysModule,
        ProjectsModule,
        UsageModule,
        SecretsModule,
        DatasetsModule,
        ModelsModule,
        RunsModule,
        EventsModule,
        MetricsModule,
        UpdatesModule,
        RolloutsModule,
        ExternalRolloutsModule,
        RescoresModule,
        CheckpointsModule,
        ExportsModule,
        EvaluationsModule,
        BenchmarksModule,
        GradersModule,
        WebhooksModule,
        ChatModule,
        WorkersModule,
        HealthModule,
        MonitoringModule,
        IntegrationsModule,
        MaintenanceModule,
        TracingModule,
      ],
    };
  }
}
