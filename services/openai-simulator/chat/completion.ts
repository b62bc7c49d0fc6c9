import type { Random } from "../../../shared/random.ts";
import type { ApiError } from "../http/api-errors.ts";
import { contextError, usageOf } from "../limits/charge.ts";
import type { FaultKind } from "../limits/faults.ts";
import type { Settings } from "../options.ts";
import { answersOf } from "./answers.ts";
import type { ChatRequest } from "./chat-request.ts";
import { type Choice, completionBody, type Usage } from "./completion-body.ts";
import { faultyBody, faultyChoices } from "./faulty-answers.ts";

/** What a model answers to a request, however the request came: by a call or on a line of a batch. */
export type Completion = { choices: Choice[]; usage: Usage; tooLong: ApiError | null };

export function complete(settings: Settings, request: ChatRequest, fault: FaultKind | null): Completion {
  const { answers: mode, answerTokens: length, tokenizer } = settings;
  const choices = faultyChoices(fault, answersOf(request, { mode, length, tokenizer }), tokenizer);
  const usage = usageOf(request, choices, settings);
  return { choices, usage, tooLong: contextError(request, usage, settings) };
}

/** The body of a 200: the completion, or the garbage that the fault makes of it, which is not paid. */
export function bodyOf(
  settings: Settings,
  request: ChatRequest,
  { choices, usage }: Completion,
  { fault, digest, random }: { fault: FaultKind | null; digest: string; random: Random },
): { body: string; isPaid: boolean } {
  const broken = faultyBody(fault, request.model, random);
  if (broken !== null) return { body: broken, isPaid: false };
  const id = `chatcmpl-sim${digest.slice(0, 24)}`;
  return { body: completionBody(id, request, choices, usage, settings.tokenizer), isPaid: true };
}
