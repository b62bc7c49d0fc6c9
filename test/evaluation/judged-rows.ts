/** Rows as a judge writes them. */

interface Call {
  ratings: (number | null)[];
  order: number[];
}

const template = { name: "helpfulness", sha256: "0".repeat(64) };

/** Responses rated together, once for each aspect. */
export function ratedTogether(
  instruction: string,
  responses: Record<string, string>,
  calls: Record<string, Call>,
  more: object = {},
): object {
  const means = Object.keys(responses).map((_, index) => {
    const values = Object.values(calls).flatMap(({ ratings }) => ratings[index] ?? []);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  });
  return {
    id: instruction,
    method: "ultrafeedback",
    instruction,
    input: "",
    models: Object.keys(responses),
    responses: Object.values(responses),
    order: Object.values(calls)[0]?.order,
    means,
    judgements: Object.fromEntries(
      Object.entries(calls).map(([aspect, call]) => [
        aspect,
        { ...call, template, reply: "#### Output for Text 1" },
      ]),
    ),
    ...more,
  };
}

type Letter = "(a)" | "(b)";

/** Two responses asked about in both orders. */
export function ranked(
  instruction: string,
  responses: [string, string],
  letters: { ab: Letter; ba: Letter },
): object {
  const equal = letters.ab === letters.ba;
  return {
    id: instruction,
    method: "rankings",
    instruction,
    input: "",
    models: ["m0", "m1"],
    responses,
    order: [0, 1],
    ranking: equal ? "equal" : letters.ab,
    letters,
    judgements: {
      ab: { letter: letters.ab, order: [0, 1], template, reply: "..." },
      ba: { letter: letters.ba, order: [1, 0], template, reply: "..." },
    },
  };
}

export const jsonLines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
