/** The database and the blob store, for dependency injection in any process. */
import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { openBlobStore, type BlobSettings } from './blobs/open-blob-store.js';
import { createDataSource, type ConnectionLimits } from './data-source.js';
import { ProjectSecrets } from './project-secrets.js';

/** Token of the `BlobStore`. */
export const BLOB_STORE = Symbol('BlobStore');

@Module({})
export class StoreModule {
  static forRoot(
    { databaseUrl, secretsKey, ...blobs }: { databaseUrl: string; secretsKey: string | undefined } & BlobSettings,
    limits?: ConnectionLimits,
  ): DynamicModule {
    return {
      module: StoreModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          // A database that starts at the same time may need a moment; one that is not there is for the supervisor to notice.
          useFactory: () => ({
            ...createDataSource(databaseUrl, limits).options,
            retryAttempts: 5,
            retryDelay: 1000,
          }),
        }),
      ],
      providers: [
        { provide: BLOB_STORE, useFactory: () => openBlobStore(blobs) },
        {
          provide: ProjectSecrets,
          useFactory: (dataSource: DataSource) => new ProjectSecrets(dataSource, secretsKey),
          inject: [DataSource],
        },
      ],
      exports: [BLOB_STORE, ProjectSecrets],
    };
  }
}
