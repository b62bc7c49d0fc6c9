import type { Annotator } from "../../shared/annotators/annotator.ts";
import { estimateJob, type JobEstimate, type SampleRow } from "../../shared/annotators/estimate.ts";
import { type JudgeMessage, judgingFlagsOf, samplingOfJudge } from "../../shared/contracts/judge-message.ts";
import { partsOf } from "../../shared/judging/calls/parts.ts";
import { renderPart } from "../../shared/judging/calls/render-part.ts";
import { readItems } from "../../shared/judging/items/read-items.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";

const SAMPLE_CALLS = 1000;

/** What judging will take, from the first calls alone, without what is asked again. @param allCalls of the job */
export async function estimateJudging(
  values: JudgeMessage,
  annotator: Annotator,
  allCalls: Promise<number>,
): Promise<JobEstimate> {
  const { batch, max_requests_per_minute, max_tokens_per_minute } = values;
  return await estimateJob({
    rows: firstCalls(values),
    totalRows: await allCalls,
    annotator,
    params: samplingOfJudge(values),
    limits: {
      requestsPerMinute: max_requests_per_minute ?? null,
      tokensPerMinute: max_tokens_per_minute ?? null,
    },
    batch,
  });
}

async function* firstCalls(values: JudgeMessage): AsyncGenerator<SampleRow> {
  const judging = await loadJudging(judgingFlagsOf(values));
  const { id_col: idColumn, reference_model: referenceModel, skip_bad_rows: skipBadRows } = values;
  let calls = 0;
  for await (const read of readItems(values.input, judging, { idColumn, referenceModel, skipBadRows })) {
    if ("bad" in read) continue;
    for (const part of partsOf(judging, read.item)) {
      const { messages } = renderPart(judging, read.item, part);
      yield { messages: messages as unknown as SampleRow["messages"] };
      calls += 1;
    }
    if (calls >= SAMPLE_CALLS) return;
  }
}
