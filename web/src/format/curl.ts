/** A POST as a command for a shell. The key is not in it: it is taken from the environment. */
export function curlCommand(origin: string, path: string, body: unknown): string {
  const quoted = JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`);
  return `curl -s ${origin}${path} -H "Authorization: Bearer $BOUGH_API_KEY" -H 'content-type: application/json' -d '${quoted}'`;
}
