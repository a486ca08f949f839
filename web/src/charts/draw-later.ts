/** Draws charts one after the other, each in a task of its own: many of them together would keep the page from answering. */

const waiting = new Set<() => void>();

/** @returns what takes it back, if it has not been drawn yet */
export function drawLater(draw: () => void): () => void {
  if (waiting.size === 0) setTimeout(drawNext);
  waiting.add(draw);
  return () => waiting.delete(draw);
}

function drawNext(): void {
  const [draw] = waiting;
  if (draw === undefined) return;
  waiting.delete(draw);
  draw();
  if (waiting.size > 0) setTimeout(drawNext);
}
