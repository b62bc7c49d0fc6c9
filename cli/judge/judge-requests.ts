import { costOf } from "../../shared/annotators/cost/cost.ts";
import { loadTokenizer } from "../../shared/annotators/cost/tokens.ts";
import { buildGivenRequest } from "../../shared/annotators/request.ts";
import { judgingFlagsOf, samplingOfJudge } from "../../shared/contracts/messages/judge-message.ts";
import { givenNames } from "../../shared/contracts/messages/sampling.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { itemColumnsOf } from "../../shared/judging/items/item-columns.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { type WrittenRequests, writeRequests } from "../../tools/batch-files/write-requests.ts";
import { interruptible } from "../batch/interruptible.ts";
import { fileSize } from "../batch/validate.ts";
import type { CliConfig } from "../config.ts";
import { registryHere } from "../flags/check-annotator.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import type { TypedFlags } from "../jobs/typed-by-flags.ts";
import { counted, dollars, short } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import { typedJudging } from "./judge-message.ts";

const ROWS_A_SHARD = 10_000;
/** What a batch costs of the same calls made online. */
const BATCH_SHARE = 0.5;

/** Writes the calls of a judgement as request files, and says what their prompts will cost. @returns the exit code */
export async function writeJudgeRequests(flags: TypedFlags, config: CliConfig): Promise<number> {
  const { message, values } = typedJudging(flags);
  const given = givenNames(message);
  const perShard = rowsPerShard(flags.rowsPerShard as string | undefined);
  const registry = registryHere(findAnnotatorsFile(config, flags.annotators), config);
  const annotator = registry.resolve(values.annotator);
  const judging = await loadJudging(judgingFlagsOf(values));
  const sampling = samplingOfJudge(values);
  const { responseFormat } = judging;
  const request = buildGivenRequest(annotator, sampling, given);
  const schema = responseFormat && !("response_format" in request) && { response_format: responseFormat };
  const tokenizer = await loadTokenizer(annotator.tokenizer);
  const written = await interruptible((signal) =>
    writeRequests({
      input: values.input,
      output: values.output,
      judging,
      request: { ...request, ...schema },
      wanted: { offset: values.offset, limit: values.limit, shard: values.shard },
      rowsPerShard: perShard,
      tokenizer,
      idColumn: values.id_col,
      columns: itemColumnsOf(values.columns),
      referenceModel: values.reference_model,
      skipBadRows: values.skip_bad_rows,
      signal,
    }),
  );
  const full = costOf(annotator.prices, written.promptTokens, 0);
  const promptCost = full === undefined ? null : full * BATCH_SHARE;
  if (flags.json) printJson({ ...written, promptCost });
  else show(written, promptCost);
  return written.bad > 0 ? EXIT.doneWithFailures : EXIT.done;
}

function rowsPerShard(text: string | undefined): number {
  if (text === undefined) return ROWS_A_SHARD;
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 50_000) return Number(text);
  throw new UserError(`--rows_per_shard is ${JSON.stringify(text)}: give a whole number from 1 to 50000.`);
}

function show(written: WrittenRequests, promptCost: number | null): void {
  for (const { path, requests, bytes } of written.files)
    print(`${path}: ${counted(requests, "request", "requests")}, ${fileSize(bytes)}`);
  if (written.bad > 0) tell(`${counted(written.bad, "row", "rows")} cannot be judged: ${written.errors}`);
  tell(
    `${short(written.promptTokens)} prompt tokens, which cost ${dollars(promptCost)} at batch prices; the replies come on top.`,
  );
}
