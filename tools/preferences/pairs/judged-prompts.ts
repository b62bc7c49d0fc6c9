import { UserError } from "../../../shared/errors.ts";
import type { Carry } from "../../../shared/judging/calls/carry.ts";
import { customIdOf, methodOfPart } from "../../../shared/judging/calls/custom-id.ts";
import { numbersIn } from "../../../shared/judging/calls/shown-numbers.ts";
import type { Item } from "../../../shared/judging/items/item.ts";
import { promptText } from "../../../shared/judging/items/prompt-text.ts";
import type { NumberedItem } from "../../../shared/judging/items/read-items.ts";
import { combine, type PartOutcome } from "../../../shared/judging/judged/combine.ts";
import type { MeanOptions } from "../../../shared/judging/judged/response-means.ts";
import { readReply } from "../../../shared/judging/replies/read-reply.ts";
import { askedIn, hasMoreThanText } from "../../../shared/prompts/asked.ts";
import type { ErrorLine } from "../../batch-files/error-lines.ts";
import type { BatchReplies } from "./batch-replies.ts";
import type { RatedRow } from "./binarize-row.ts";
import { SimulatedReplies } from "./simulated-replies.ts";

/** Joins the prompts of a mix, as they go by, with what was replied about them; keeps the ids of prompts in memory. */
export class JudgedPrompts {
  readonly #replies: BatchReplies;
  readonly #onFault: (line: ErrorLine) => Promise<void>;
  readonly #options: MeanOptions;
  readonly #seen = new Set<string>();
  count = 0;
  /** Prompts of which no reply could be read. */
  unjudged = 0;
  readonly simulated = new SimulatedReplies();
  #answered = 0;

  constructor(replies: BatchReplies, onFault: (line: ErrorLine) => Promise<void>, options: MeanOptions) {
    this.#replies = replies;
    this.#onFault = onFault;
    this.#options = options;
  }

  /** The prompt's responses with their means; undefined if none of its replies can be read. */
  async rated(read: NumberedItem): Promise<RatedRow | undefined> {
    this.count += 1;
    const line = read.number + 1;
    if ("bad" in read) {
      await this.#onFault({ id: null, line, ...read.bad });
      return undefined;
    }
    const { item } = read;
    if (!item.arranged) throw unknownOrder(item);
    if (this.#seen.has(item.id)) {
      const message = `The prompt ${item.id} stands in the reference a second time: the first counts.`;
      await this.#onFault({ id: item.id, line, reason: "duplicate_id", message });
      return undefined;
    }
    this.#seen.add(item.id);
    const combined = combine(item, await this.#outcomes(item, line), this.#options);
    if ("row" in combined) return ratedOf(item, combined.row.means!);
    this.unjudged += 1;
    return undefined;
  }

  /** Lists the results of prompts that did not come. @throws UserError if no prompt had a result */
  async tellUnknown(reference: string): Promise<void> {
    for (const { prompt, part } of this.#replies.beyond(this.#seen)) {
      if (this.#answered === 0) {
        throw new UserError(
          `No result is about a prompt of ${reference} (the first is about ${JSON.stringify(prompt)}): give the mix that was judged, or name its column of ids with --id_col.`,
        );
      }
      const message = `The prompt ${prompt} is not in ${reference}.`;
      await this.#onFault({
        id: customIdOf({ id: prompt }, part),
        line: 0,
        reason: "unknown_prompt",
        message,
      });
    }
  }

  async #outcomes(item: Item, line: number): Promise<Record<string, PartOutcome>> {
    const outcomes: Record<string, PartOutcome> = {};
    const { parts } = this.#replies;
    const missing = parts.filter((part) => !this.#replies.has(item.id, part));
    const message = `The prompt ${item.id} has no result for ${missing.join(", ")}.`;
    if (missing.length > 0) await this.#onFault({ id: item.id, line, reason: "no_result", message });
    if (missing.length < parts.length) this.#answered += 1;
    for (const part of parts.filter((one) => !missing.includes(one))) {
      const outcome = await this.#outcome(item, part);
      if (outcome) outcomes[part] = outcome;
    }
    return outcomes;
  }

  async #outcome(item: Item, part: string): Promise<PartOutcome | undefined> {
    const id = customIdOf(item, part);
    const result = await this.#replies.of(item.id, part);
    if ("fault" in result) {
      const { reason, message } = result.fault;
      await this.#onFault({ id, line: 0, reason, message: `The request ${id} ${message}.` });
      return undefined;
    }
    const carry = carryOf(item, part);
    const { generated_text: reply, refusal } = result.text;
    this.simulated.add(reply);
    const read = refusal ? readReply(carry, null, reply) : readReply(carry, reply, null);
    if ("verdict" in read) return { carry, reply, ...read };
    const { reason, message } = read.fault;
    await this.#onFault({ id, line: 0, reason, message: `The reply to ${id} ${message}.`, reply });
    return undefined;
  }
}

/** Of other rows than a mix's the order is drawn when they are judged, and raw results do not tell it. */
function unknownOrder({ id }: Item): UserError {
  return new UserError(
    `The prompt ${id} of the reference is no row of a mix (raw_text, completions), and in which order a judge was shown its responses is not known: give the mix that was judged.`,
  );
}

/** A mix is shown in its own order, under the numbers that stand in its prompt, where that is known. */
function carryOf(item: Item, part: string): Carry {
  const texts = item.responses.map(({ text }) => text);
  const order = texts.map((_, index) => index);
  const prompt = item.texts?.[part];
  const numbers = prompt === undefined ? order.map((index) => index + 1) : numbersIn(prompt, texts);
  const method = methodOfPart(part);
  return { method, part, template: { name: "text", sha256: "" }, order, numbers };
}

function ratedOf(item: Item, means: readonly (number | null)[]): RatedRow {
  const { dataset } = item.extra;
  const asked = askedIn(item.extra);
  return {
    id: item.id,
    prompt: promptText(item),
    ...(asked && hasMoreThanText(asked.messages) && { messages: asked.messages }),
    responses: item.responses.map(({ text }) => text),
    models: item.responses.map(({ model }) => model),
    means,
    order: item.responses.map((_, index) => index),
    ...(dataset !== undefined && dataset !== null && { dataset }),
  };
}
