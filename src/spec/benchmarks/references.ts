/** What the right answers of a benchmark look like: enough to tell its file from another one. */

export const isFilled = (text: string): boolean => text.trim() !== '';

export const isIntegerTo999 = (text: string): boolean => /^\d{1,3}$/.test(text.trim());

export const isNumber = (text: string): boolean => /^-?\d+(\.\d*)?$/.test(text.trim());
