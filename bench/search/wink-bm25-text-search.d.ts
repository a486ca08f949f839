/** The part of wink-bm25-text-search that is compared with; the package has no types of its own. */
declare module 'wink-bm25-text-search' {
  interface Engine {
    defineConfig(config: {
      fldWeights: Record<string, number>;
      bm25Params: { k1: number; b: number; k: number };
    }): boolean;
    /** For documents' `field`; without one, for queries and for fields that have no tasks of their own. */
    definePrepTasks(tasks: readonly ((text: string) => string[])[], field?: string): number;
    addDoc(document: Record<string, string>, id: number): number;
    /** Throws for fewer than three documents. `precision`: decimals of a term's weight, 4 to 9. */
    consolidate(precision?: number): boolean;
    /** Pairs of id and score, the best first, equal ones by id; documents without any of the words are left out. */
    search(text: string, limit: number): [id: string, score: number][];
  }
  export default function createEngine(): Engine;
}
