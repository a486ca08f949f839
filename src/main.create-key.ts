/**
 * Makes an API key and prints it: `npm run create-key -- <project> <name> <scopes>`, the scopes separated by commas, by default everything within the
 * project. The first key of a deployment comes from here; one with the scope `operator` makes the others over the API. Without DATABASE_URL it uses the
 * database of the `npm start` that is running on the data folder.
 */
import { z } from 'zod';
import { ConfigError } from './config/config-error.js';
import { loadDatabasePlace } from './config/config.js';
import { runningDatabaseUrl } from './embedded/postgres.js';
import { createKey } from './modules/keys/create-key.js';
import { KEY_SCOPES, PROJECT_SCOPES } from './spec/enums.js';
import { createDataSource } from './store/data-source.js';

const [projectName = 'default', keyName = 'first key', givenScopes = PROJECT_SCOPES.join(',')] = process.argv.slice(2);
const scopes = z.array(z.enum(KEY_SCOPES)).safeParse([...new Set(givenScopes.split(','))]).data;
if (!scopes) {
  console.error(`There are no scopes ${givenScopes}: give some of ${KEY_SCOPES.join(',')}, separated by commas`);
  process.exit(2);
}
try {
  const { databaseUrl, dataDir } = loadDatabasePlace();
  const url = databaseUrl ?? runningDatabaseUrl(dataDir);
  if (url === undefined) {
    const remedy = 'give DATABASE_URL, or run `npm start` first, with the same BOUGH_DATA_DIR';
    throw new ConfigError([{ name: 'DATABASE_URL', given: undefined, remedy }]);
  }
  const dataSource = await createDataSource(url).initialize();
  try {
    const { key } = await createKey(dataSource, { projectName, keyName, scopes });
    console.log(key);
  } finally {
    await dataSource.destroy();
  }
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
