/** The composition root of the API process. Loads no engine, no tool and no reward. */
import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './config/config.js';
import { HttpModule, type HttpOptions } from './http/http.module.js';
import { loggerModule } from './http/logging.js';
import { DatasetsModule } from './modules/datasets/datasets.module.js';
import { HealthModule } from './modules/health/health.module.js';
import { KeysModule } from './modules/keys/keys.module.js';
import { ModelsModule } from './modules/models/models.module.js';
import { QueueModule } from './queue/queue.module.js';
import { StoreModule } from './store/store.module.js';

@Module({})
export class ApiModule {
  static forRoot(config: Config, options: HttpOptions = {}): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        loggerModule(config),
        StoreModule.forRoot(config),
        QueueModule.forRoot(config.redisUrl),
        HttpModule.forRoot(config, options),
        KeysModule,
        DatasetsModule,
        ModelsModule,
        HealthModule,
      ],
    };
  }
}
