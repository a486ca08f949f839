/** Makes an API key and prints it: `npm run create-key -- <project> <name>`. The first key of a deployment comes from here. */
import { ConfigError } from './config/config-error.js';
import { loadConfig } from './config/config.js';
import { createKey } from './modules/keys/create-key.js';
import { createDataSource } from './store/data-source.js';

const [projectName = 'default', keyName = 'first key'] = process.argv.slice(2);
try {
  const dataSource = await createDataSource(loadConfig().databaseUrl).initialize();
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
