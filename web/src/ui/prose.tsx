/** Text of the contract, in which names are between backticks. */
export function Prose({ text }: { text: string }) {
  return text.split('`').map((part, i) =>
    // The parts of a text have no name but their place.
    // oxlint-disable-next-line react/no-array-index-key
    i % 2 === 1 ? <code key={i}>{part}</code> : part,
  );
}
