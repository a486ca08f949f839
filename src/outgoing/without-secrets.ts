/** A text in which a server has perhaps repeated what it was shown. */

/** Each secret is cut out as it is, and as it stands within a JSON string. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .reduce((shown, form) => shown.replaceAll(form, '[secret]'), text);
}
