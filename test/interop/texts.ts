/** What tokenizers and chat templates are compared on: texts in many scripts, in which digits, spaces and marks meet, and conversations. */

export interface Conversation {
  messages: { role: string; content: string }[];
  add_generation_prompt: boolean;
}

/** Each is encoded alone, and between the others. */
const fragments = [
  'The quick brown fox',
  "I'll don't WE'VE 'tis",
  'naïve façade Ærøskøbing Straße',
  'Żółć gęślą jaźń',
  'İstanbul ıİ ŞĞ',
  'Đặng Thùy Trâm ưỡ',
  'Съешь же ещё этих мягких булок',
  'Ξεσκεπάζω την ψυχοφθόρα βδελυγμία',
  'שָׁלוֹם עולם',
  'السَّلَامُ عَلَيْكُمْ',
  'پرسش و پاسخ‌ها',
  'नमस्ते क्षत्रिय',
  'বাংলা ভাষা ক্ষ',
  'தமிழ் மொழி',
  'ภาษาไทยไม่มีช่องว่าง',
  'ລາວ ខ្មែរ မြန်မာ',
  'ქართული հայերեն አማርኛ',
  '中文没有空格,但有标点。',
  '日本語のカタカナとひらがな',
  '한국어 띄어쓰기 각',
  '繁體字與简体字',
  '𠮷野家 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈',
  'e\u0301 vs é, A\u030A vs Å, q\u0307\u0323',
  'Z̷̢͔a̵l̸g̶o̴',
  '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇳🇴 1️⃣',
  '😀😃 text 🎉!',
  '0123456789',
  '3.14159 1,234,567.89 1e-10 0x1F',
  '٣٤٥ १२३ ๔๕ 七八',
  '½ ² ³ ¼ Ⅷ ⑩ ₂',
  'a1b22c333 v2.0.1-rc3 ISO8601 2026-11-22T18:24:47Z',
  '\n\n1\n 2\n\t3',
  '   leading and trailing   ',
  'tabs\t\tand\u00a0no-break\u3000wide\u200bzero\u2009thin',
  'line\r\nends\rof\nall kinds\u2028\u2029',
  'function f(x) { return x ?? {}; } // ok',
  'for (i=0;i<10;++i) a[i]+=b[i]*2;',
  'SELECT * FROM t WHERE "a" <> \'b\';',
  '{"key": [1, 2.5, null], "ü": "\\u00fc"}',
  '<div class="x">&nbsp;</div>',
  'https://example.org/a?b=c&d=%20#e user@mail.test',
  '\\frac{a}{b} \\boxed{42} $x^2$',
  '!!!???...---___***===>>><<<',
  '«quotes» “curly” ‘single’ — dash – en … ellipsis',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'supercalifragilisticexpialidocious',
  'CamelCaseAndSNAKE_CASE_and-kebab-case',
  '\u0001\u0007\u001b[31m\u007f',
  '\ufeffbyte order mark \ufffd',
  '<search> query </search><result> found </result>',
];

/** A few hundred texts. `controls` are texts of the tokenizer's own control tokens, which nobody may smuggle in. */
export function tokenizerTexts(controls: readonly string[]): string[] {
  const texts = ['', ' ', '\n', ...fragments];
  for (const [i, fragment] of fragments.entries()) {
    const next = fragments[(i * 7 + 3) % fragments.length]!;
    for (const between of ['', ' ', '\n\n', '12', '٣']) texts.push(fragment + between + next);
    texts.push(` ${fragment}`, `${fragment}\n`, fragment.toUpperCase(), [...fragment].toReversed().join(''));
  }
  for (const [i, control] of controls.entries()) {
    const fragment = fragments[i % fragments.length]!;
    texts.push(control, `${fragment}${control}${fragment}`, ` ${control} `, control.slice(0, -1));
  }
  return texts;
}

const say = (role: string, content: string) => ({ role, content });

const dialogues = [
  [say('user', 'What is the capital of France?')],
  [say('system', 'You are terse.'), say('user', 'Why is the sky blue?')],
  [say('user', 'Hi'), say('assistant', 'Hello! How can I help?'), say('user', 'Count to 3: 1, 2, …')],
  [
    say('system', 'Réponds en français.\n\nSois bref.'),
    say('user', '¿Qué hora es? 🕐\n\n1'),
    say('assistant', '١٢:٣٠'),
  ],
  [say('user', '  spaces  \n'), say('assistant', ''), say('user', '中文 {{ not.a.template }} {% raw %}')],
];

export const conversations: readonly Conversation[] = dialogues.flatMap((messages) => [
  { messages, add_generation_prompt: true },
  { messages, add_generation_prompt: false },
]);
