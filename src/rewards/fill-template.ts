/** Puts texts in place of the variables of a template, in one pass: what is put in is not filled in again. */

/** A long text that is named often makes one that no memory holds. */
const MAX_CHARACTERS = 4_000_000;

/**
 * @param variable global; its first group names what is asked for
 * @param textOf null: the variable stays as it is
 * @throws {TypeError} for a text that is too long
 */
export function fillTemplate(template: string, variable: RegExp, textOf: (name: string) => string | null): string {
  let length = template.length;
  return template.replace(variable, (given, name: string) => {
    const text = textOf(name) ?? given;
    length += text.length;
    if (length > MAX_CHARACTERS)
      throw new TypeError(`the filled template has more than ${MAX_CHARACTERS} characters: name ${given} less often`);
    return text;
  });
}
