import { expect, test } from 'vitest';
import { safeText } from './safe-text.js';

test('what would act on the reader is shown as what it is', () => {
  expect(safeText('\u001B[31;1mred\u001B[0m')).toBe('␛[31;1mred␛[0m');
  expect(safeText('a\u0000b\u0007\u007F')).toBe('a␀b␇␡');
  expect(safeText('\u202Eabc\u2066\u200B\uFEFF')).toBe('⟨U+202E⟩abc⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩');
});

test('what is only read stays as it is', () => {
  const text = 'tabs\tand\nlines, שלום, 日本, 👩‍👩‍👧, <script>';
  expect(safeText(text.replaceAll('\u200D', ''))).toBe(text.replaceAll('\u200D', ''));
});
