/** The URL of an endpoint whose base URL is as OpenAI's clients take it. */
export function endpointUrl(baseUrl: string, endpoint: '/chat/completions' | '/embeddings'): URL {
  const url = new URL(baseUrl);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(endpoint) ? path : `${path}${endpoint}`;
  return url;
}
