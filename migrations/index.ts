/** Every migration, oldest first. Append only: a migration that was released is never edited. */
import { CreateTables1763800000000 } from './1763800000000-create-tables.js';

export const migrations = [CreateTables1763800000000];
