import { renderPart } from "../../../shared/judging/calls/render-part.ts";
import type { Item } from "../../../shared/judging/items/item.ts";
import type { Judging } from "../../../shared/judging/judging.ts";
import { ASPECTS } from "../../../shared/judging/methods/aspects.ts";
import type { GeneratedRow } from "./generated-row.ts";

/** A prompt's lines of a mix, one an aspect: the drawn models with their responses, and the judge's prompt. */
export function mixLines(
  rows: readonly GeneratedRow[],
  models: readonly string[],
  judging: Judging,
): string[] {
  const { key, id, prompt, extra } = rows[0]!;
  const completions = rows.map(({ response }) => response);
  const item: Item = {
    id,
    instruction: prompt,
    input: "",
    responses: completions.map((text, place) => ({ text, model: models[place]! })),
    arranged: true,
    extra: {},
  };
  return ASPECTS.map((aspect) => {
    const text = renderPart(judging, item, aspect).messages[0]!.content;
    const own = { prompt_hash: key, id, raw_text: prompt, models, completions, text, aspect };
    return `${JSON.stringify({ ...own, ...besides(extra, own) })}\n`;
  });
}

function besides(extra: GeneratedRow["extra"], own: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(extra).filter(([name]) => !(name in own)));
}
