import { Progress } from '@base-ui/react/progress';

/** @param share 0 to 1; null: nobody knows */
export function ProgressBar({ share, label }: { share: number | null; label: string }) {
  return (
    <Progress.Root
      className="progress"
      value={share === null ? null : Math.round(share * 1000) / 10}
      aria-label={label}
    >
      <Progress.Track className="progress-track">
        <Progress.Indicator className="progress-bar" />
      </Progress.Track>
    </Progress.Root>
  );
}
