/** One of a few. */
import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';

export interface TogglesProps<N extends string> {
  readonly label: string;
  readonly names: readonly N[];
  readonly chosen: N;
  readonly onChoose: (name: N) => void;
}

export function Toggles<N extends string>({ label, names, chosen, onChoose }: TogglesProps<N>) {
  return (
    <ToggleGroup
      className="toggles"
      aria-label={label}
      value={[chosen]}
      // What is chosen stays so when it is pressed again.
      onValueChange={([next]) => next !== undefined && onChoose(next)}
    >
      {names.map((name) => (
        <Toggle key={name} value={name} className="toggle">
          {name}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
