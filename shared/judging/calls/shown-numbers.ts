/**
 * The numbers under which texts stand in a prompt that was rendered before, each as `<text N>` with the text behind it.
 * Texts are looked for one after the other, so that what one of them quotes is not taken for a number.
 * @returns 1 to n where the prompt does not show them so
 */
export function numbersIn(prompt: string, texts: readonly string[]): number[] {
  const usual = texts.map((_, place) => place + 1);
  const numbers: number[] = [];
  let from = 0;
  for (const text of texts) {
    const found = markBefore(prompt, text, from);
    if (found === undefined) return usual;
    numbers.push(found.number);
    from = found.end;
  }
  return new Set(numbers).size === numbers.length ? numbers : usual;
}

const MARK = /<text (\d{1,6})>[ \r\n]{0,4}/g;

function markBefore(prompt: string, text: string, from: number) {
  MARK.lastIndex = from;
  for (let found = MARK.exec(prompt); found; found = MARK.exec(prompt)) {
    const start = found.index + found[0].length;
    if (prompt.startsWith(text, start)) return { number: Number(found[1]), end: start + text.length };
  }
  return undefined;
}
