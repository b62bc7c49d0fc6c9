/** Ratings of an item's responses, by aspect; null is a missing value. */
export type RatingsByAspect = Record<string, readonly (number | null)[]>;

export interface MeanOptions {
  /** Average only over aspects that all responses of the item have. */
  commonAspects?: boolean | undefined;
  /** A response that has fewer has no mean. */
  minAspects?: number | undefined;
}

export interface ResponseMeans {
  /** Null where there is nothing to average. */
  means: (number | null)[];
  /** What each mean is over. */
  aspects_used: string[][];
}

/** The mean of each response over the aspects that have a value for it. */
export function responseMeans(
  ratings: RatingsByAspect,
  { commonAspects = false, minAspects = 1 }: MeanOptions = {},
): ResponseMeans {
  const count = Math.max(0, ...Object.values(ratings).map((values) => values.length));
  const isCommon = (aspect: string) => ratings[aspect]!.every((value) => value !== null);
  const aspects = Object.keys(ratings).filter((aspect) => !commonAspects || isCommon(aspect));
  const used = Array.from({ length: count }, (_, index) =>
    aspects.filter((aspect) => (ratings[aspect]![index] ?? null) !== null),
  );
  const means = used.map((names, index) => {
    if (names.length < Math.max(1, minAspects)) return null;
    return names.reduce((sum, aspect) => sum + ratings[aspect]![index]!, 0) / names.length;
  });
  return { means, aspects_used: used };
}
