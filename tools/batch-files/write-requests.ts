import { join } from "node:path";
import { countChatTokens, type Tokenizer } from "../../shared/annotators/cost/tokens.ts";
import type { ChatMessage } from "../../shared/datasets/preparing/prepared-row.ts";
import type { RowsWanted } from "../../shared/datasets/reading/row-window.ts";
import { UserError } from "../../shared/errors.ts";
import { customIdOf } from "../../shared/judging/calls/custom-id.ts";
import { partsOf } from "../../shared/judging/calls/parts.ts";
import { renderPart } from "../../shared/judging/calls/render-part.ts";
import { itemsWithin, itemWindow } from "../../shared/judging/items/items-within.ts";
import { type ReadItemsOptions, readItems } from "../../shared/judging/items/read-items.ts";
import type { Judging } from "../../shared/judging/judging.ts";
import { MOST_BYTES } from "./batch-rules.ts";
import { ErrorLines } from "./error-lines.ts";
import { RequestChecker } from "./request-checker.ts";
import { SplitOutput, type WrittenFile } from "./split-output.ts";

export interface JudgeRequests extends ReadItemsOptions {
  input: string;
  /** Folder of the request files. */
  output: string;
  judging: Judging;
  /** The part of its items that is wanted. */
  wanted: RowsWanted;
  /** The body of every request but for its messages. */
  request: Record<string, unknown>;
  rowsPerShard: number;
  tokenizer: Tokenizer;
}

export interface WrittenRequests {
  files: WrittenFile[];
  requests: number;
  promptTokens: number;
  /** Items left out. */
  bad: number;
  errors: string | null;
}

/**
 * The calls of a judgement as request files of the Batch API: a file for each part (aspect or order), split at so many
 * rows, `custom_id` as the predecessors have it (`<prompt id>_<hel|hon|ins|tru>`). Nothing appears before all is right.
 * @throws UserError naming the row
 */
export async function writeRequests(options: JudgeRequests): Promise<WrittenRequests> {
  const { input, judging, request, tokenizer } = options;
  await using stack = new AsyncDisposableStack();
  const errors = stack.use(new ErrorLines(join(options.output, "requests.jsonl")));
  const outputs = new Map<string, SplitOutput>();
  const checker = new RequestChecker((number) => `request ${number}`);
  const totals = { requests: 0, promptTokens: 0 };
  const outputOf = async (part: string): Promise<SplitOutput> => {
    const known = outputs.get(part);
    if (known !== undefined) return known;
    const limits = { requests: options.rowsPerShard, bytes: MOST_BYTES };
    const made = stack.use(await SplitOutput.create(join(options.output, `${part}.jsonl`), limits));
    outputs.set(part, made);
    return made;
  };
  const items = () => readItems(input, judging, options);
  const window = await itemWindow(options.wanted, items);
  for await (const read of itemsWithin(window, items())) {
    options.signal?.throwIfAborted();
    if ("bad" in read) {
      await errors.write({ id: null, line: read.number, ...read.bad });
      continue;
    }
    for (const part of partsOf(judging, read.item)) {
      const { messages } = renderPart(judging, read.item, part);
      const line = lineOf(customIdOf(read.item, part), request, messages);
      const [fault] = checker.check(line, totals.requests);
      if (fault) throw new UserError(`${input}: the request ${line.custom_id} ${fault.message}.`);
      await (await outputOf(part)).write(`${JSON.stringify(line)}\n`);
      totals.requests += 1;
      totals.promptTokens += countChatTokens(messages as never, tokenizer);
    }
  }
  const files: WrittenFile[] = [];
  for (const output of outputs.values()) files.push(...(await output.commit()));
  await errors.commit();
  return { files, ...totals, bad: errors.count, errors: errors.count > 0 ? errors.path : null };
}

function lineOf(custom_id: string, { model, ...rest }: Record<string, unknown>, messages: ChatMessage[]) {
  return { custom_id, method: "POST", url: "/v1/chat/completions", body: { model, messages, ...rest } };
}
