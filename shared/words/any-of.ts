const LIST = new Intl.ListFormat("en-GB", { type: "disjunction" });

/** a; a or b; a, b or c */
export function anyOf(names: readonly string[]): string {
  return LIST.format(names);
}
