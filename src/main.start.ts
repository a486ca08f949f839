/** `npm start`: the whole service in the foreground, with its data below BOUGH_DATA_DIR, until Ctrl-C. */
import { loadStartConfig } from './config/config.js';
import { startBough } from './embedded/bough.js';
import { interruptSignal } from './embedded/interrupt.js';

const say = (line: string) => console.log(line);

try {
  const config = loadStartConfig();
  const signal = interruptSignal(say);
  const bough = await startBough({ ...config, log: say, signal });
  say(`Bough is ready at ${bough.url} (a page to watch runs; documentation: ${bough.url}/docs)`);
  if (bough.isNewKey) say(`API key: ${bough.apiKey}`);
  say(
    `The API key is in ${bough.supervisor.folder.apiKeyFile}, the logs are in ${bough.supervisor.folder.logs}. Ctrl-C stops.`,
  );
  await bough.ended;
  say('Stopped.');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
