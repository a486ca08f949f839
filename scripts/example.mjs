/** `npm run example:<name>`: makes the checkout ready, then runs `examples/<name>` in this very process, with the other arguments. */
import { ensure } from './ensure.mjs';

const [name] = process.argv.splice(2, 1);

ensure();
await import(`../dist/examples/${name}/main.js`);
