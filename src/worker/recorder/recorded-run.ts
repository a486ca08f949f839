/** Which run a recorder writes to, and as which attempt. */
export interface RecordedRun {
  readonly id: string;
  readonly projectId: string;
  readonly attempt: number;
}
