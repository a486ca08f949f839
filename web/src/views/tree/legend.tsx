/** What is what in the picture of a tree. */
export function Legend({ colouring }: { colouring: string }) {
  return (
    <ul className="legend">
      <li>
        <span className="legend-bar legend-model" /> written by the policy
      </li>
      <li>
        <span className="legend-bar legend-tool" /> tool result
      </li>
      <li>
        <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
          <circle className="fork fork-taken" r="4" />
        </svg>{' '}
        fork taken
      </li>
      <li>
        <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
          <circle className="fork fork-drawn" r="4" />
        </svg>{' '}
        refused by the draw
      </li>
      <li>
        <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
          <path className="fork fork-full" d="M-3.5-3.5l7 7m0-7l-7 7" />
        </svg>{' '}
        no slot left
      </li>
      <li className="muted">{colouring}</li>
    </ul>
  );
}
