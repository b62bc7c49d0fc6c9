/** Asks the row again, with the answer and this sentence behind its prompt. */
export class Again {
  readonly hint: string;
  constructor(hint: string) {
    this.hint = hint;
  }
}

/** Makes several rows of one. */
export class Several<Value> {
  readonly values: readonly Value[];
  constructor(values: readonly Value[]) {
    this.values = values;
  }
}

/** For `parse`: the answer will not do. @param hint what is said to the model, such as "Answer with a number only." */
export function again(hint: string): Again {
  return new Again(hint);
}

/** For `parse`: each of these values is a row of its own; none drops the row. */
export function several<Value>(values: readonly Value[]): Several<Value> {
  return new Several(values);
}

/** What a `parse` function gives. */
export type Parsed<Value> = Value | Several<Value> | Again;
