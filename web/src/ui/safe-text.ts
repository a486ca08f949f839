/** The page shows what a model wrote as a terminal does: with nothing in it that would act on the reader. */
export { safeText } from '../../../cli/terminal/safe-text.js';
