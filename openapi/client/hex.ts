/** Bytes as hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** 128 random bits. Unlike crypto.randomUUID also there for pages that are served over plain http. */
export function randomName(): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(16)));
}
