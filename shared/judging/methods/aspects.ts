interface AspectRow {
  /** How it is called in the ids of batch requests. */
  shortName: string;
  /** Kinds that a judge tells apart before it rates, by their numbers; 0: none. */
  types: number;
  /** It may not apply to a text: then the judge says N/A in place of a rating. */
  mayNotApply: boolean;
}

/** What UltraFeedback looks at, in the order in which an item's calls are numbered. */
const ASPECT_ROWS = {
  instruction_following: { shortName: "ins", types: 0, mayNotApply: false },
  honesty: { shortName: "hon", types: 0, mayNotApply: true },
  truthfulness: { shortName: "tru", types: 3, mayNotApply: false },
  helpfulness: { shortName: "hel", types: 3, mayNotApply: false },
} as const satisfies Record<string, AspectRow>;

export type Aspect = keyof typeof ASPECT_ROWS;
export const ASPECTS = Object.keys(ASPECT_ROWS) as Aspect[];

export const isAspect = (name: string): name is Aspect => Object.hasOwn(ASPECT_ROWS, name);

/** Undefined for a part that is no aspect. */
export function aspectRow(part: string): AspectRow | undefined {
  return isAspect(part) ? ASPECT_ROWS[part] : undefined;
}
