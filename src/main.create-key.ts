/**
 * Makes an API key and prints it: `npm run create-key -- <project> <name>`. The first key of a deployment comes from here, and each further
 * project's. Without DATABASE_URL it uses the database of the `npm start` that is running on the data folder.
 */
import { ConfigError } from './config/config-error.js';
import { loadDatabasePlace } from './config/config.js';
import { runningDatabaseUrl } from './embedded/postgres.js';
import { createKey } from './modules/keys/create-key.js';
import { createDataSource } from './store/data-source.js';

const [projectName = 'default', keyName = 'first key'] = process.argv.slice(2);
try {
  const { databaseUrl, dataDir } = loadDatabasePlace();
  const url = databaseUrl ?? runningDatabaseUrl(dataDir);
  if (url === undefined) {
    const remedy = 'give DATABASE_URL, or run `npm start` first, with the same BOUGH_DATA_DIR';
    throw new ConfigError([{ name: 'DATABASE_URL', given: undefined, remedy }]);
  }
  const dataSource = await createDataSource(url).initialize();
  try {
    const { key } = await createKey(dataSource, { projectName, keyName });
    console.log(key);
  } finally {
    await dataSource.destroy();
  }
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
