/** What a response answers. Evaluation sets have no input: there a prompt is its instruction. */
export interface Prompt {
  instruction: string;
  input: string;
}

/** Values by their prompt. Of several with one prompt the first is kept, the others are counted. */
export class FirstOfEach<Value extends Prompt = Prompt> {
  readonly #values = new Map<string, Value>();
  repeated = 0;

  get size(): number {
    return this.#values.size;
  }

  /** @returns whether it was the first of its prompt */
  add(value: Value): boolean {
    const key = keyOf(value.instruction, value.input);
    if (this.#values.has(key)) {
      this.repeated += 1;
      return false;
    }
    this.#values.set(key, value);
    return true;
  }

  get({ instruction, input }: Prompt): Value | undefined {
    return this.#values.get(keyOf(instruction, input));
  }

  values(): Iterable<Value> {
    return this.#values.values();
  }
}

/** Texts as one key; no two lists of texts have the same. */
export function keyOf(...texts: string[]): string {
  return JSON.stringify(texts);
}

const SHOWN_CHARACTERS = 60;

/** The beginning of a prompt, for a sentence. */
export function shownPrompt({ instruction }: Prompt): string {
  const short = [...instruction.replace(/\s+/g, " ")];
  return JSON.stringify(
    short.length > SHOWN_CHARACTERS ? `${short.slice(0, SHOWN_CHARACTERS).join("")}...` : short.join(""),
  );
}
