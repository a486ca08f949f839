/** The database and the blob store, for dependency injection in any process. */
import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { DirectoryBlobStore } from './blobs/directory-blob-store.js';
import { createDataSource, type ConnectionLimits } from './data-source.js';
import { ProjectSecrets } from './project-secrets.js';

/** Token of the `BlobStore`. */
export const BLOB_STORE = Symbol('BlobStore');

@Module({})
export class StoreModule {
  static forRoot(
    { databaseUrl, blobDir, secretsKey }: { databaseUrl: string; blobDir: string; secretsKey: string | undefined },
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
        { provide: BLOB_STORE, useFactory: () => new DirectoryBlobStore(blobDir) },
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
