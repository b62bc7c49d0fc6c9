/**
 * How a judge looks at responses. `ultrafeedback` rates all of an item's responses together, once for each aspect;
 * `overall` does so once; `ratings` rates one response by itself, 1 to 7; `rankings` compares two, asked in both orders;
 * `pairwise` compares a response with a reference; `custom` asks a user's own template for an answer in his JSON schema.
 */
export const METHODS = ["ultrafeedback", "overall", "ratings", "rankings", "pairwise", "custom"] as const;
export type Method = (typeof METHODS)[number];

/** What UltraFeedback looks at, in the order in which an item's calls are numbered. */
export const ASPECTS = ["instruction_following", "honesty", "truthfulness", "helpfulness"] as const;
export type Aspect = (typeof ASPECTS)[number];

/** Parts that rate all responses to a prompt together: the aspects, or all at once. */
export const RATED_TOGETHER = [...ASPECTS, "overall"] as const;
export type RatedTogether = (typeof RATED_TOGETHER)[number];

/** Kinds that a judge tells apart before it rates, by their numbers: of hallucination, and of informativeness. */
export const TYPES: Partial<Record<string, number>> = { truthfulness: 3, helpfulness: 3 };

export const isAspect = (name: string): name is Aspect => (ASPECTS as readonly string[]).includes(name);
