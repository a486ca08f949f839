/** Makes an API key and prints it: `node dist/src/main.create-key.js <project> <name>`. The first key of a deployment comes from here. */
import { loadConfig } from './config/config.js';
import { createKey } from './modules/keys/create-key.js';
import { createDataSource } from './store/data-source.js';

const [projectName = 'default', keyName = 'first key'] = process.argv.slice(2);
const dataSource = await createDataSource(loadConfig().databaseUrl).initialize();
try {
  const { key } = await createKey(dataSource, { projectName, keyName });
  console.log(key);
} finally {
  await dataSource.destroy();
}
